export async function show(answer) {
  document.querySelector('output').textContent = await answer;
}
