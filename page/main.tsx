import { render } from 'preact';
import { App } from './app.tsx';
import { firstLanguage, speak } from './core/language.ts';
import { keepFocus } from './core/lost-focus.ts';
import { myName } from './core/my-name.ts';
import { follow, followAnew, leaveWhileHidden } from './room/classroom.ts';
import './style/page.css';

// Starts the page: follows the class, loads the sentences in the language of the browser, and draws the first screen.

const language = firstLanguage();
// the class is on its way while the sentences are loaded
follow(language);
leaveWhileHidden();
let followed = myName.peek();
myName.subscribe((name) => {
  if (name !== followed) followAnew();
  followed = name;
});
await speak(language);
render(<App />, document.getElementById('page') ?? document.body);
keepFocus();
