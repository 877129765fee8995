import { render } from 'preact';
import { TranslationClient } from './translation-client.js';
import { Page } from './view/page.js';

const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no place for the page');
render(<Page client={new TranslationClient()} />, place);
