// The page's entry. Nothing is shown before it is clear that the page stays.
import { mount } from './app/mount';
import { bringIsolation, currentPage } from './isolation/bringIsolation';
import { trustScripts } from './isolation/trustScripts';

trustScripts();

void bringIsolation(currentPage()).then((isolation) => {
  if (isolation !== 'reloading') mount(document.getElementById('studio'), isolation);
});
