/* Diagrams, with the gnuplot that there is. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "plot.h"

static char *page;
static char error[PLOT_ERROR_BYTES];

static bool write_plot(struct plot *p)
{
    size_t bytes;
    FILE *to = open_memstream(&page, &bytes);
    cr_assert_not_null(to);
    bool drawn = plot_write(p, to, "what <it> shows", error);
    cr_assert_eq(fclose(to), 0);
    return drawn;
}

static void expect_in(const char *part)
{
    cr_expect_not_null(strstr(page, part), "no %s in: %.600s", part, page);
}

static void begin(struct plot *p)
{
    cr_assert(plot_begin(p, 400, 300));
    plot_axis(p, PLOT_X, 0, 10, false, plot_count, NULL);
    plot_axis(p, PLOT_Y, 1, 1000, true, plot_time_us, NULL);
}

/* No name can be a command of gnuplot's, or markup. */
Test(plot, texts_are_put_in_afterwards)
{
    struct plot p;
    begin(&p);
    int text = plot_text(&p, "%s", "a'; system('false'); \"`false`\" <x> @0@");
    lines_add(&p, 3,
              (struct line_point[]){{1, 10, 8, 12, text, false}, {2, 20, 18, 22, text, true}}, 2);
    cr_assert(write_plot(&p), "%s", error);
    expect_in("<title>a&#39;; system(&#39;false&#39;); &quot;`false`&quot; &lt;x&gt; @0@</title>");
    expect_in("aria-label=\"what &lt;it&gt; shows\"");
    expect_in("data-series=\"3\"");
    expect_in("class=\"pt\"");
    expect_in(">100 us<");
    cr_expect_null(strstr(page, "black"));
    cr_expect_null(strstr(page, "onmousemove"));
    cr_expect_null(strstr(page, "<?xml"));
    free(page);
}

Test(plot, marks_are_defined_once)
{
    for (int i = 0; i < 2; i++) {
        struct plot p;
        begin(&p);
        lines_add(&p, 0, (struct line_point[]){{1, 10, 8, 12, plot_text(&p, "x"), false}}, 1);
        cr_assert(write_plot(&p), "%s", error);
        cr_expect_eq(strstr(page, "<defs>") != NULL, i == 0);
        free(page);
    }
}

Test(plot, what_gnuplot_refuses_is_told_in_place)
{
    struct plot p;
    begin(&p);
    plot_element(&p, 0, "nosuch(x)");
    cr_expect_not(write_plot(&p));
    cr_expect_not_null(strstr(error, "gnuplot: "), "%s", error);
    expect_in("<p class=\"warn\">No diagram: gnuplot");
    free(page);
}

static void expect_tic(char *(*format)(char text[], double), double value, const char *shown)
{
    char text[64];
    cr_expect_str_eq(format(text, value), shown);
}

Test(plot, tics_have_no_digits_to_spare)
{
    expect_tic(plot_count, 0, "0");
    expect_tic(plot_count, 0.25, "0.25");
    expect_tic(plot_count, 5000, "5k");
    expect_tic(plot_count, 2500000, "2.5M");
    expect_tic(plot_time_us, 500, "500 us");
    expect_tic(plot_time_us, 2000, "2 ms");
    expect_tic(plot_time_us, 1e7, "10 s");
}

static void draw_extent(double low, double high)
{
    struct plot p;
    struct extent extent = {low, high, true};
    cr_assert(plot_begin(&p, 400, 300));
    plot_axis(&p, PLOT_X, 0, 10, false, plot_count, NULL);
    extent_axis(extent, &p, PLOT_Y, true, plot_time_us, NULL);
    lines_add(&p, 0, (struct line_point[]){{1, high, NAN, NAN, plot_text(&p, "x"), false}}, 1);
    cr_assert(write_plot(&p), "%s", error);
}

/* However close the values are: with one number nobody can tell what lies beside it. */
Test(plot, a_logarithmic_axis_has_two_numbers_at_least)
{
    draw_extent(120e3, 191e3);
    expect_in(">100 ms<");
    expect_in(">200 ms<");
    free(page);
    draw_extent(1e6, 1e6);
    expect_in(">500 ms<");
    expect_in(">2 s<");
    free(page);
    draw_extent(3.3, 4.2);
    expect_in(">2 us<");
    expect_in(">5 us<");
    free(page);
}
