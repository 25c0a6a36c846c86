import { Suspense } from 'react';
import { Live } from './live.jsx';

export default function Page() {
  return (
    <Suspense>
      <Live />
    </Suspense>
  );
}
