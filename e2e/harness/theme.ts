// The theme of a page without the studio's shell: the browser's own, also when that changes.
const dark = matchMedia('(prefers-color-scheme: dark)');

export function followTheme(): void {
  const show = () => {
    document.documentElement.dataset.theme = dark.matches ? 'dark' : 'light';
  };
  show();
  dark.addEventListener('change', show);
}
