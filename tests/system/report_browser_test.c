/* The report in a browser, at the width of a phone and of a screen. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "report_folder.h"

TestSuite(report_browser, .init = report_make_folder, .fini = report_remove_folder, .timeout = 120);

/* A page that holds the report in frames of both widths, looks at it from outside and says what it
 * found. Its buttons and points are tried out there. */
static const char looker[] =
    "<!DOCTYPE html><meta charset=utf-8><body style='margin:0'><script>\n"
    "function look(w){const d=w.document,root=d.documentElement;\n"
    " const all=s=>[...d.querySelectorAll(s)],right=e=>e.getBoundingClientRect().right;\n"
    " const key=d.querySelector('.key[data-series=\"1\"]');key.click();\n"
    " const hidden=all('svg .off[data-series=\"1\"]').length;key.click();\n"
    " const p=d.querySelector('svg .pt'),r=p.getBoundingClientRect();\n"
    " p.querySelector('*:last-child').dispatchEvent(new w.MouseEvent('click',{bubbles:true,\n"
    "  clientX:r.x+r.width/2,clientY:r.y+r.height/2}));\n"
    " return{width:root.clientWidth,overflow:root.scrollWidth-root.clientWidth,\n"
    "  wide:all('body *').filter(e=>!e.closest('.scroll')&&right(e)>root.clientWidth+1).length,\n"
    "  policy:d.querySelector('meta[http-equiv]').content.split(';')[0],\n"
    "  plots:all('svg.plot').filter(s=>s.getBoundingClientRect().height>50).length,\n"
    "  hidden:hidden>0,again:all('svg .off').length,\n"
    "  read:p.closest('figure').querySelector('output').textContent.length>0,title:d.title}}\n"
    "const found=[];\n"
    "for(const width of[400,1400]){const f=document.createElement('iframe');\n"
    " f.style.cssText='border:0;height:2000px;width:'+width+'px';f.src='report.html';\n"
    " f.onload=()=>{found.push(JSON.stringify(look(f.contentWindow)));\n"
    "  if(found.length===2)document.body.textContent=found.join(' ')};\n"
    " document.body.append(f)}\n"
    "</script>";

/* What the looker says, and what the browser complained of. In a session of its own, for it leaves
 * helpers behind that end a moment later. */
static struct outcome look(void)
{
    char address[300], profile[300];
    report_write("looker.html", looker);
    snprintf(address, sizeof address, "file://%s", report_path("looker.html"));
    snprintf(profile, sizeof profile, "--user-data-dir=%s", report_path("profile"));
    return process_run((const char *[]){
        "setsid", "--wait", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--no-first-run", "--allow-file-access-from-files",
        "--hide-scrollbars", "--enable-logging=stderr", "--virtual-time-budget=10000",
        "--timeout=60000", profile, "--window-size=1500,2000", "--dump-dom", address, NULL});
}

static void expect_good_at(const struct outcome *o, int width)
{
    char expected[512];
    snprintf(
        expected, sizeof expected,
        "{\"width\":%d,\"overflow\":0,\"wide\":0,\"policy\":\"default-src 'none'\",\"plots\":11,"
        "\"hidden\":true,\"again\":0,\"read\":true,\"title\":\"Server models compared\"}",
        width);
    cr_expect_not_null(strstr(o->out, expected), "%d pixels: expected %s in %.2000s", width,
                       expected, o->out);
}

Test(report_browser, phone_and_screen)
{
    if (!program_exists("chromium"))
        cr_skip_test("chromium is not installed");
    report_copy_sample();
    struct outcome made = process_run((const char *[]){REPORT_FILE, report_folder(), NULL});
    cr_assert_eq(made.status, 0, "%s", made.err);
    outcome_free(&made);
    struct outcome o = look();
    expect_good_at(&o, 400);
    expect_good_at(&o, 1400);
    cr_expect_null(strstr(o.err, "CONSOLE"), "%s", o.err);
    outcome_free(&o);
}

/* That the test can fail: an error of a script, a request and what is too wide are seen on a page
 * that has them. The policy lets nothing be loaded, and the browser complains of the attempt. */
Test(report_browser, what_is_wrong_is_seen)
{
    if (!program_exists("chromium"))
        cr_skip_test("chromium is not installed");
    report_write(
        "report.html",
        "<!DOCTYPE html><title>bad</title><meta charset=utf-8><meta http-equiv="
        "Content-Security-Policy content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'\">"
        "<div style='width:2000px'>x"
        "</div><div class=figures><button class=key data-series=1></button><figure>"
        "<svg class=plot><g class=pt><title>t</title><path/></g></svg><output></output>"
        "</figure></div><img src=nosuch.png><script>nosuch()</script>");
    struct outcome o = look();
    cr_expect_null(strstr(o.out, "\"overflow\":0"), "%s", o.out);
    cr_expect_not_null(strstr(o.err, "nosuch.png"), "%s", o.err);
    cr_expect_not_null(strstr(o.err, "nosuch is not defined"), "%s", o.err);
    outcome_free(&o);
}
