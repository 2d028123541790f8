import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { isOnlyEmoji, MessageText } from './MessageText';

const html = (text: string, mentions: string[] = []) =>
    renderToStaticMarkup(<MessageText text={text} mentions={mentions} myName="Ada" />);
const link = (url: string) => `<a href="${url}" target="_blank" rel="noopener noreferrer nofollow">${url}</a>`;

describe('the text of a message', () => {
    it('is never HTML', () => {
        expect(html('<img src=x onerror=alert(1)> & <b>')).toBe('&lt;img src=x onerror=alert(1)&gt; &amp; &lt;b&gt;');
    });

    it('makes links of http and https only', () => {
        expect(html('see https://example.org/a?b=c')).toBe(`see ${link('https://example.org/a?b=c')}`);
        expect(html('javascript:alert(1) data:text/html,x')).toBe('javascript:alert(1) data:text/html,x');
    });

    it('leaves the sentence its punctuation', () => {
        expect(html('(https://example.org/a).')).toBe(`(${link('https://example.org/a')}).`);
        expect(html('https://example.org/a_(b)')).toBe(link('https://example.org/a_(b)'));
    });

    it('keeps code, and interprets nothing in it', () => {
        expect(html('a `<b> https://example.org` c')).toBe('a <code>&lt;b&gt; https://example.org</code> c');
        expect(html('```\nx = 1\ny\n```')).toBe('<code class="code-block">x = 1\ny</code>');
        expect(html('a ` b')).toBe('a ` b');
    });

    it('puts no empty lines around a block of code', () => {
        expect(html('see\n```\nx\n```\nand\n\nmore')).toBe('see<code class="code-block">x</code>and\n\nmore');
        expect(html('```\nx\n```\n```\ny\n```')).toBe('<code class="code-block">x</code><code class="code-block">y</code>');
    });

    it('of a few emoji alone is told from text', () => {
        for (const text of ['👍', '🎉🎉🎉', '❤️ 👩‍👩‍👧', '👍🏽', '🇦🇹']) {
            expect(isOnlyEmoji(text), text).toBe(true);
        }
        for (const text of ['', '7', '#', 'a 👍', '🎉🎉🎉🎉', '👍!', '🎉'.repeat(5000)]) {
            expect(isOnlyEmoji(text), text).toBe(false);
        }
    });

    it('marks those who are mentioned, and no others', () => {
        expect(html('@Ada and @Bob (x)', ['Ada', 'Bob (x)'])).toBe(
            '<span class="mention mention-me">@Ada</span> and <span class="mention">@Bob (x)</span>');
        expect(html('@Ada', [])).toBe('@Ada');
    });
});
