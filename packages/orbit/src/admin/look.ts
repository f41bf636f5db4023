/** The style of the page. It is a separate file, so that a strict Content-Security-Policy of the app allows it. */
export const style = `:root {
  color-scheme: light dark;
  --paper: light-dark(#faf9f5, #15161a);
  --card: light-dark(#ffffff, #1c1e24);
  --line: light-dark(#e4e0d5, #32353f);
  --edge: light-dark(#8b8779, #747a8a);
  --ink: light-dark(#23252c, #ecebe6);
  --soft: light-dark(#5f626d, #a9acb8);
  --accent: light-dark(#3d4bb8, #a5b0ff);
  --on-accent: light-dark(#ffffff, #14162a);
  --good: light-dark(#2c8557, #5fbb8a);
}
* { box-sizing: border-box; margin: 0; padding: 0; list-style: none; }
body {
  max-width: 60rem;
  margin-inline: auto;
  padding-inline: clamp(1rem, 4vw, 2rem);
  background: var(--paper);
  color: var(--ink);
  font: 1rem / 1.55 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2 { font: 500 1.4rem / 1.2 "Iowan Old Style", Charter, Georgia, serif; }
h1 { font-size: 1.8rem; flex-grow: 1; }
h1 a { display: block; min-height: 2.75rem; padding-block: .3rem; color: inherit; text-decoration: none; }
a { color: var(--accent); }
code, pre { font: .88em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
code { word-break: break-all; }
pre { margin-top: .25rem; white-space: pre-wrap; }
small, .soft, dt { color: var(--soft); }
.soft { font-size: .93rem; }
.soft > span { display: inline-block; }
header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: .5rem 1.5rem;
  padding-block: 1rem;
  border-bottom: 1px solid var(--line);
}
nav { display: flex; gap: 1.25rem; }
nav a { display: grid; align-items: center; min-width: 2.75rem; min-height: 2.75rem; }
main { display: grid; gap: 1.25rem; padding-block: 1.5rem 4rem; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; }
header .row { flex: 1 1 18rem; flex-wrap: nowrap; }
input, button, .button {
  min-width: 0;
  min-height: 2.75rem;
  padding: .5rem 1rem;
  border: 1px solid var(--edge);
  border-radius: .5rem;
  background: var(--card);
  color: inherit;
  font: inherit;
}
input { flex: 1 1 10rem; }
::placeholder { color: var(--soft); opacity: 1; }
button, .button {
  display: inline-block;
  border-color: transparent;
  background: var(--accent);
  color: var(--on-accent);
  font-weight: 600;
  text-decoration: none;
  cursor: pointer;
}
button:hover, .button:hover { background: color-mix(in oklab, var(--accent), var(--ink) 25%); }
button.quiet, .button.quiet { border-color: var(--edge); background: transparent; color: var(--ink); }
button.quiet:hover, .button.quiet:hover { background: color-mix(in oklab, var(--ink) 8%, var(--paper)); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.sessions li {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: .5rem 1.5rem;
  padding-block: .75rem;
  border-bottom: 1px solid var(--line);
}
.sessions li > div { flex: 1 1 16rem; }
.title { display: inline-block; min-height: 2.75rem; padding-block: .6rem; font-weight: 600; }
.badge {
  display: inline-block;
  padding: .1rem .6rem;
  border-radius: 1rem;
  background: color-mix(in oklab, var(--good) 16%, var(--card));
  font: .85rem / 1.5 system-ui, sans-serif;
}
dl { display: grid; gap: .25rem 1.5rem; }
dd { margin-bottom: .5rem; }
@media (min-width: 36rem) {
  dl { grid-template-columns: minmax(8rem, max-content) 1fr; }
}
.notice {
  padding: .75rem 1rem;
  border-inline-start: 3px solid var(--good);
  border-radius: .25rem;
  background: color-mix(in oklab, var(--good) 11%, var(--card));
}
`

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#5b6be0" stroke-width="3"><circle cx="16" cy="16" r="5" fill="#5b6be0"/><ellipse cx="16" cy="16" rx="14" ry="6" transform="rotate(-30 16 16)"/></svg>
`
