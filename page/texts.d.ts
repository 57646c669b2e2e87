/** tools/setup/page-bundle.mjs makes these of contract/messages/page.json. */
declare module 'texts:en' {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
declare module 'texts:th' {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
declare module '*.css';
