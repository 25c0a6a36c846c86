import { echo, show } from './echo.js';

show(echo(new URLSearchParams(location.search).get('url')));
