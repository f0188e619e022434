#include "page.h"

#include "html.h"
#include "plot.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d0d7de;--back:#fff;"
    "--box:#f6f8fa;--good:#1a7f4b;--warn:#9a5b00;--win:#dcf5e5}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9aa4af;--line:#3a424c;"
    "--back:#14171b;--box:#1d2228;--good:#5cc98d;--warn:#e3a84a;--win:#173726}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:84rem;font:1rem/1.5 system-ui,sans-serif;"
    "color:var(--ink);background:var(--back);overflow-wrap:break-word}\n"
    "p,ul,dl,h1,h3{max-width:44rem}\n"
    "h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.3rem;margin-top:2.5rem;"
    "border-top:1px solid var(--line);padding-top:1rem}h3{font-size:1.05rem;margin-bottom:.25rem}\n"
    "a{color:inherit}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem}\n"
    ".soft,figcaption,caption,small{color:var(--soft)}.warn{color:var(--warn)}\n"
    ".question{font-style:italic}.said{font-size:1.05rem}\n"
    "dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0}"
    "dt{color:var(--soft)}dd{margin:0;min-width:0}\n"
    ".scroll{overflow-x:auto;margin:.75rem 0}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;padding:.2rem 0}caption span{position:sticky;left:0;"
    "display:inline-block;max-width:min(44rem,calc(100vw - 2rem))}\n"
    "th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);text-align:right;"
    "vertical-align:top;white-space:nowrap}th{font-weight:600}"
    "tr:first-child th{white-space:normal;vertical-align:bottom}\n"
    "th:first-child,.text{text-align:left}td.text{white-space:normal;min-width:9rem;"
    "max-width:22rem}td.long{min-width:22rem;max-width:44rem}\n"
    "td small{display:block;line-height:1.3}td.win{background:var(--win)}"
    "td.more b{color:var(--good)}td.none{color:var(--soft)}\n"
    "td small.reason{white-space:normal;min-width:6.5rem;overflow-wrap:anywhere}\n"
    ".badge{color:var(--good);font-weight:600}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,23.5rem),1fr));"
    "gap:1rem;align-content:start}.figures .figures{display:block}.figures .figures "
    ".legend{margin-bottom:.4rem}\n"
    ".legend{grid-column:1/-1;display:flex;flex-wrap:wrap;gap:.3rem}\n"
    ".key{font:inherit;font-size:.85rem;color:inherit;background:var(--box);border:1px solid "
    "var(--line);border-radius:1rem;padding:.15rem .7rem .15rem .5rem;cursor:pointer}\n"
    ".key i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.4em}\n"
    ".key[aria-pressed=false]{opacity:.45;text-decoration:line-through}\n"
    "figure{margin:0;min-width:0}figcaption{font-size:.9rem}\n"
    "output{display:block;min-height:1.5em;font-size:.85rem}\n"
    "svg.plot{display:block;width:100%;height:auto;font-family:inherit;touch-action:manipulation}\n"
    "svg.plot .pt{cursor:pointer}svg.plot .off{display:none}\n"
    "td.map{text-align:center;color:#fff;text-shadow:0 0 3px #0009}td.map small{color:inherit}"
    "td.tie{text-align:center;background:var(--box)}td.tie,td.map{white-space:normal;"
    "min-width:8.5rem;max-width:13rem}\n"
    "details{margin:.75rem 0}summary{cursor:pointer}\n"
    "@media(max-width:30rem){body{padding:.75rem}th,td{padding:.25rem .4rem}}\n"
    "@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--back:#fff;"
    "--box:#fff;--good:#0a5c33;--warn:#7a4700;--win:#e6f6ec}body{max-width:none;padding:0;"
    "font-size:10pt}nav,output{display:none}.scroll{overflow:visible}table{font-size:7.5pt}"
    "td,th{padding:.15rem .3rem}figure,tr,table{break-inside:avoid}h2,h3,.legend{break-after:"
    "avoid}.figures{grid-template-columns:1fr 1fr}*{print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}}\n";

static const char script[] =
    "'use strict';\n"
    "function nearest(svg,event){let best=null,least=28;\n"
    " svg.querySelectorAll('.pt').forEach(p=>{const r=p.getBoundingClientRect();\n"
    "  if(r.width===0)return;\n"
    "  const d=Math.hypot(r.x+r.width/2-event.clientX,r.y+r.height/2-event.clientY);\n"
    "  if(d<least){least=d;best=p}});\n"
    " return best}\n"
    "function read(event){const svg=event.target.closest('svg.plot');if(!svg)return;\n"
    " const out=svg.parentNode.querySelector('output'),p=nearest(svg,event);\n"
    " if(out&&p)out.textContent=p.querySelector('title').textContent}\n"
    "document.addEventListener('pointermove',read);\n"
    "document.addEventListener('click',event=>{\n"
    " const key=event.target.closest('button.key');if(!key){read(event);return}\n"
    " const off=key.getAttribute('aria-pressed')==='true';\n"
    " key.setAttribute('aria-pressed',String(!off));\n"
    " key.closest('.figures').querySelectorAll('svg [data-series=\"'+key.dataset.series+'\"]')\n"
    "  .forEach(g=>g.classList.toggle('off',off))});\n"
    "addEventListener('beforeprint',()=>document.querySelectorAll('details')\n"
    " .forEach(d=>{d.open=true}));\n";

void page_begin(FILE *to, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          to);
    html_text(to, title);
    fprintf(to, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void page_end(FILE *to)
{
    fprintf(to, "<script>\n%s</script>\n</body>\n</html>\n", script);
}

void page_begin_figures(FILE *to, const char *const names[], const int numbers[], size_t count)
{
    fputs("<div class=\"figures\">\n<div class=\"legend\">\n", to);
    for (size_t i = 0; i < count; i++) {
        int series = numbers != NULL ? numbers[i] : (int)i;
        fprintf(to,
                "<button type=\"button\" class=\"key\" data-series=\"%d\" aria-pressed=\"true\">"
                "<i style=\"background:%s\"></i>",
                series, plot_colour(series));
        html_text(to, names[i]);
        fputs("</button>\n", to);
    }
    fputs("</div>\n", to);
}

void page_end_figures(FILE *to)
{
    fputs("</div>\n", to);
}

void page_begin_table(FILE *to, const char *caption)
{
    fputs("<div class=\"scroll\"><table>\n", to);
    if (caption != NULL) {
        fputs("<caption><span>", to); /* which stays where the table scrolls away */
        html_text(to, caption);
        fputs("</span></caption>\n", to);
    }
}

void page_end_table(FILE *to)
{
    fputs("</table></div>\n", to);
}
