// The name that somebody takes for a browser. The page and the server clean it in the same way.

/** Characters as people of many languages count them nearly: an emoji of several parts counts for each part. */
export const MAX_NAME_CHARACTERS = 40;

/** Control characters, line breaks, halves of a character, and marks that turn the direction of what stands beside the name. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** Places where a line may break, a soft hyphen, a byte order mark: they come with what is pasted, and nobody sees them. */
const PASTED = /[\u00ad\u200b\u2060\ufeff]/g;
/** Whatever else is not drawn by itself, such as the joiners and selectors within an emoji, and an empty Braille cell. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** A letter, a digit or a sign: blanks and marks alone cannot be seen. */
const VISIBLE = /[\p{L}\p{N}\p{S}\p{P}\p{Emoji_Presentation}]/u;

/** A name as it is shown: without blanks at its ends, composed (NFC). Undefined: the text can be no name. */
export function cleanName(text: string): string | undefined {
  const name = text
    .normalize('NFC')
    .replace(PASTED, '')
    .replace(/\p{Zs}+/gu, ' ')
    .trim();
  const isName =
    !FORBIDDEN.test(name) && VISIBLE.test(name.replace(UNSEEN, '')) && [...name].length <= MAX_NAME_CHARACTERS;
  return isName ? name : undefined;
}

/** Children write their name in capitals one day and not the next, or with another keyboard's heart: it is the same name. */
export function isSameName(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other);
}

/** One text for all spellings of a name, for maps. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').replace(UNSEEN, '').toLowerCase();
}
