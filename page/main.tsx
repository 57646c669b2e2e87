import { render } from 'preact';
import { App } from './app.tsx';
import { firstLanguage, speak } from './core/language.ts';
import { follow } from './room/classroom.ts';
import './style/page.css';

await speak(firstLanguage());
follow();
render(<App />, document.getElementById('page') ?? document.body);
