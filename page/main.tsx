import { render } from 'preact';
import { App } from './app.tsx';
import { firstLanguage, speak } from './core/language.ts';
import { follow } from './room/classroom.ts';
import './style/page.css';

const language = firstLanguage();
// the class is on its way while the sentences are loaded
follow(language);
await speak(language);
render(<App />, document.getElementById('page') ?? document.body);
