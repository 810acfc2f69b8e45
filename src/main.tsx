// The page's entry.
import { mount } from './app/mount';

mount(document.getElementById('studio'));
