/** Ids that have been or may be in use, each odd in its own way. */
export const ODD_IDS: readonly string[] = [
  'โปรเจค KidBright_Tni3SSC', 'ก'.repeat(200), '🐈'.repeat(200), 'x'.repeat(200), 'x'.repeat(64), 'x'.repeat(65), '👩🏽‍🏫 class',
  ' leading', 'trailing ', '  ', '.', '..', '.hidden', '...', 'dots...', '@7a', '~', 'a~0123456789abcdef', '-', '_',
  '100%', '%41', 'a%2Fb', '%2e%2e', 'a+b', 'a b', 'a#b', 'a?b', 'a&b=c', 'a;b', 'a:b', 'C:', '"quoted"', "it's", '<b>', 'a|b', '*', 'a,b',
  '__proto__', 'constructor', 'toString', 'null', 'undefined', 'CON', 'nul', 'com1', 'LPT9', 'con.txt', 'aux.', 'projects', 'jobs', 'upload.json',
  'Abc', 'abc', 'ABC', '\u00e9', 'e\u0301', '\u212b', 'A\u030a', 'ſ', 's', 'S', 'K', '\u212a', 'straße', 'STRASSE', '\u202egpj.exe', '\u2028', '\ufeffbom',
].filter((id) => id !== '.' && id !== '..');
