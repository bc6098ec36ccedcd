extension SwaggerPage {
    /// Follows the system's light or dark mode; all text meets the WCAG AA contrast.
    static let style = #"""
        :root { color-scheme: light dark; --back: #f7f8fa; --card: #ffffff; --text: #1b1f24; --soft: #56606b;
          --line: #d9dee4; --field: #ffffff; --accent: #0b5fc4; --on-accent: #ffffff; --code: #f1f3f6;
          --good: #14703a; --bad: #b3261e; --get: #0b5fc4; --post: #14703a; --put: #8a5200; --patch: #0f6b6b;
          --delete: #b3261e; --other: #56606b; --on-badge: #ffffff; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #14171b; --card: #1c2026; --text: #e7eaee; --soft: #a3adb8; --line: #343b44;
            --field: #12151a; --accent: #7cb7ff; --on-accent: #0c1a2b; --code: #12151a; --good: #6fd39a;
            --bad: #ff8f85; --get: #7cb7ff; --post: #6fd39a; --put: #f0b862; --patch: #64cfcf; --delete: #ff8f85;
            --other: #a3adb8; --on-badge: #0e1116; } }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { scroll-padding-top: 5rem; }
        body { margin: 0; background: var(--back); color: var(--text);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        a { color: var(--accent); }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: 1rem; top: 1rem; z-index: 3; background: var(--card); padding: .5rem 1rem; }
        body > header { position: sticky; top: 0; z-index: 2; background: var(--card);
          border-bottom: 1px solid var(--line); }
        .bar { max-width: 64rem; margin: 0 auto; padding: .6rem 1.25rem; display: flex; flex-wrap: wrap;
          gap: .6rem 1.25rem; align-items: center; }
        .brand { margin: 0; font-weight: 700; font-size: 1.1rem; letter-spacing: .02em; }
        .bar label { display: flex; gap: .5rem; align-items: center; color: var(--soft); font-size: .875rem; }
        .bar .find { flex: 1 1 14rem; } .bar .find input { flex: 1; min-width: 8rem; }
        input, select, textarea, button { font: inherit; color: inherit; }
        code, pre, textarea, .mono { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, monospace;
          font-size: .875rem; }
        input, select, textarea { background: var(--field); color: var(--text); border: 1px solid var(--line);
          border-radius: 6px; padding: .35rem .6rem; max-width: 100%; }
        textarea { width: 100%; resize: vertical; min-height: 5rem; tab-size: 2; line-height: 1.45; }
        main { max-width: 64rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
        #found { color: var(--soft); font-size: .875rem; margin: .25rem 0 0; min-height: 1.3rem; }
        section.api { margin: 0 0 2.5rem; }
        .api > header h2 { margin: .75rem 0 .25rem; font-size: 1.6rem; line-height: 1.25; }
        .version { font-size: .8rem; font-weight: 500; color: var(--soft); border: 1px solid var(--line);
          border-radius: 99px; padding: .1rem .6rem; margin-left: .5rem; vertical-align: middle; }
        .about { color: var(--soft); margin: .25rem 0; white-space: pre-line; }
        .links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; margin: .35rem 0 1rem;
          padding: 0; list-style: none; }
        h3.tag { font-size: 1rem; margin: 1.5rem 0 .5rem; color: var(--soft); }
        details.operation { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          margin: .5rem 0; }
        .operation > summary { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center;
          padding: .6rem .85rem; cursor: pointer; list-style: none; border-radius: 10px; }
        .operation > summary::-webkit-details-marker { display: none; }
        .operation > summary::after { content: "›"; margin-left: auto; color: var(--soft); font-size: 1.25rem;
          line-height: 1; transition: transform .12s; }
        .operation[open] > summary::after { transform: rotate(90deg); }
        .operation > summary:hover { background: var(--code); }
        @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
        .method { min-width: 4.75rem; text-align: center; font-weight: 700; font-size: .75rem; letter-spacing: .04em;
          color: var(--on-badge); background: var(--other); border-radius: 6px; padding: .2rem .4rem; }
        .method.get { background: var(--get); } .method.post { background: var(--post); }
        .method.put { background: var(--put); } .method.patch { background: var(--patch); }
        .method.delete { background: var(--delete); }
        .path { font-weight: 600; overflow-wrap: anywhere; } .deprecated .path { text-decoration: line-through; }
        .summary { color: var(--soft); }
        .inside { padding: .25rem 1rem 1rem; border-top: 1px solid var(--line); }
        .inside h4 { margin: 1.1rem 0 .4rem; font-size: .95rem; }
        .parameter { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .15rem 1rem;
          align-items: center; padding: .3rem 0; }
        .parameter .kind { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; }
        .parameter label { font-weight: 600; overflow-wrap: anywhere; }
        .parameter input { width: 100%; } .parameter .hint { grid-column: 2; }
        @media (max-width: 40rem) { .parameter { grid-template-columns: 1fr; }
          .parameter .hint { grid-column: 1; } }
        .hint { color: var(--soft); font-size: .85rem; margin: 0; }
        .need { color: var(--bad); font-size: .8rem; font-weight: 400; }
        .actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .9rem 0 0; }
        button { border: 1px solid var(--line); background: var(--card); border-radius: 6px; padding: .4rem .9rem;
          cursor: pointer; }
        button:hover { background: var(--code); } button:disabled { opacity: .55; cursor: default; }
        button.call { background: var(--accent); border-color: var(--accent); color: var(--on-accent);
          font-weight: 600; }
        button.call:hover { filter: brightness(1.08); }
        pre { margin: .4rem 0; background: var(--code); border: 1px solid var(--line); border-radius: 6px;
          padding: .7rem .85rem; overflow: auto; max-height: 28rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        .answer { margin-top: 1rem; border-left: 4px solid var(--line); padding-left: .9rem; }
        .answer.good { border-color: var(--good); } .answer.bad { border-color: var(--bad); }
        .answer .status { font-weight: 700; margin: 0; } .good .status { color: var(--good); }
        .bad .status { color: var(--bad); } .answer .status span { color: var(--soft); font-weight: 400; }
        .more { margin-top: .4rem; }
        .more > summary { cursor: pointer; color: var(--soft); font-size: .9rem; padding: .2rem 0; width: fit-content; }
        .headers { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; margin: .3rem 0;
          font-size: .85rem; }
        .headers dt { color: var(--soft); } .headers dd { margin: 0; overflow-wrap: anywhere; }
        ul.schema { list-style: none; margin: .2rem 0; padding-left: 1rem; border-left: 1px solid var(--line); }
        ul.schema li { padding: .1rem 0; } .type { color: var(--soft); font-size: .875rem; }
        dl.responses { display: grid; grid-template-columns: 4.5rem 1fr; gap: .35rem .75rem; margin: .3rem 0; }
        dl.responses dt { font-weight: 600; } dl.responses dd { margin: 0; }
        .problem { color: var(--bad); }
        """#
}
