"""How a page looks: in the system's own letters, its colours told twice, for light and for dark.

`good` and `bad` are a green and an orange that colour-blind readers tell apart; a word says the same.
"""

from __future__ import annotations

STYLE = """
:root{color-scheme:light;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--rule:#d8dee4;--fill:#f5f7f9;
--past:#7c8ea6;--accent:#1f5fbf;--good:#137560;--bad:#b0420f}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--paper:#14171b;--ink:#e4e8ec;
--soft:#9ba6b2;--rule:#333b44;--fill:#1c2127;--past:#6e8097;--accent:#6aa5f5;--good:#4db896;--bad:#f0905a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:2rem 1.25rem 3rem;max-width:66rem;background:var(--paper);color:var(--ink);
overflow-wrap:anywhere;
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{margin:0;font-size:1.75rem;line-height:1.25;font-weight:650}
h2{margin:2.75rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--rule);font-size:1.125rem;
font-weight:650}
h3{margin:1.25rem 0 .25rem;font-size:1rem;font-weight:600}
p,ul,dl{margin:.5rem 0;max-width:46rem}
ul{padding-left:1.2rem}
a{color:var(--accent)}
code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{overflow-wrap:anywhere}
td code{overflow-wrap:normal}
pre{margin:.25rem 0;padding:.5rem .75rem;overflow-x:auto;background:var(--fill);border-radius:4px}
pre.bad{border-left:3px solid var(--bad)}
pre.good{border-left:3px solid var(--good)}
.kind,.meta,.note,footer,nav{color:var(--soft);font-size:.875rem}
.kind{margin:0;font-weight:600}
.meta{margin:.25rem 0 0;max-width:none}
nav{margin:1.25rem 0 0}
nav a{display:inline-block;margin-right:.9rem}
.alert{padding:.5rem .75rem;border-left:3px solid var(--bad);background:var(--fill)}
.lead{margin:1.5rem 0;padding:0;list-style:none;font-size:1.0625rem}
.lead li{display:grid;grid-template-columns:7rem 1fr;gap:.75rem;padding:.35rem 0}
.lead b{font-weight:600;color:var(--soft)}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem;margin:1.25rem 0;max-width:none}
.tiles div{display:flex;flex-direction:column-reverse}
.tiles dt{color:var(--soft);font-size:.875rem}
.tiles dd{margin:0;font-size:1.75rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.beside{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(27rem,100%),1fr));gap:1rem 2.5rem;
align-items:start}
.beside>*{min-width:0}
figure{margin:.75rem 0}
figcaption{margin-bottom:.5rem;font-size:.875rem;color:var(--soft)}
.scroll{overflow-x:auto;margin:.75rem 0}
table{width:100%;overflow-wrap:normal;border-collapse:collapse;font-size:.875rem;line-height:1.4}
caption{padding-bottom:.4rem;text-align:left;color:var(--soft)}
th,td{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;
font-weight:400}
thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
th[scope=row]{min-width:10rem}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
th.n+th:not(.n),td.n+td:not(.n){padding-left:1rem}
td .good,td .bad{font-weight:600}
.good{color:var(--good)}
.bad{color:var(--bad)}
pre.good,pre.bad{color:inherit}
summary{cursor:pointer;color:var(--soft);font-size:.875rem}
.key{margin-right:1rem;white-space:nowrap}
.key::before{content:"";display:inline-block;width:.7em;height:.7em;margin-right:.4em;background:var(--accent)}
.key.past::before{background:var(--past)}
.key.below::before{background:var(--good)}
.chart{display:block;width:100%;max-width:30rem;height:auto;font:12px system-ui,-apple-system,"Segoe UI",
Roboto,sans-serif;overflow:visible}
.chart text{fill:var(--soft);font-variant-numeric:tabular-nums;stroke:var(--paper);stroke-width:4px;
stroke-linejoin:round;paint-order:stroke}
.chart .name{fill:var(--ink)}
.chart .code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.chart .grid,.chart .axis,.chart .one,.chart .range,.chart .median{stroke:var(--rule);
shape-rendering:crispEdges}
.chart .axis,.chart .one{stroke:var(--soft)}
.chart .median{stroke:var(--soft);stroke-dasharray:3 3}
.chart .bar{fill:var(--past)}
.chart .bar.now{fill:var(--accent)}
.chart .below{fill:var(--good);opacity:.7}
.chart .below.now{fill:var(--good);opacity:1}
.chart .rail{fill:var(--fill)}
.chart .curve{fill:none;stroke:var(--accent);stroke-width:2}
.chart .mark,.chart .end{fill:var(--accent)}
.interval .range{stroke:var(--past);stroke-width:2}
.interval .mark,.interval .end{fill:var(--past)}
.interval .mark{fill:var(--paper);stroke:var(--past);stroke-width:2}
.interval.good .range{stroke:var(--good)}
.interval.good .mark,.interval.good .end{fill:var(--good);stroke:var(--good)}
.interval.bad .range{stroke:var(--bad)}
.interval.bad .mark,.interval.bad .end{fill:var(--bad);stroke:var(--bad)}
.chart .interval.good .words{fill:var(--good);font-weight:600}
.chart .interval.bad .words{fill:var(--bad);font-weight:600}
footer{margin-top:3rem;padding-top:.75rem;border-top:1px solid var(--rule)}
@media (max-width:32rem){body{padding:1.25rem 1rem 2rem}.lead li{grid-template-columns:1fr;gap:0}}
@media print{html{font-size:68%}body{max-width:none;padding:0}nav,summary{display:none}
details::details-content{content-visibility:visible;display:block}
.scroll,pre{overflow:visible}pre{white-space:pre-wrap}
figure,tr,li,.tiles{break-inside:avoid}h2,h3,caption{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""
