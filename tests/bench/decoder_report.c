#include "decoder_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "decoder_bench.h"

/* A median, and between what it lies. */
struct spread {
	double least, middle, most;
};

static double *
report_at(const struct report *report, size_t in_case, size_t reader)
{
	return &report->ns[(in_case * readers_count + reader) * report->rounds];
}

void
report_init(struct report *report, size_t rounds, size_t ncases)
{
	invariant(ncases <= REPORT_CASES);
	*report = (struct report){.rounds = rounds, .ncases = ncases};
	report->ns = calloc(ncases * readers_count * rounds, sizeof(double));
	if (report->ns == NULL)
		log_die("out of memory: bench");
}

void
report_fini(struct report *report)
{
	free(report->ns);
}

void
report_case(struct report *report, size_t at, size_t series, bool hot)
{
	snprintf(report->titles[at], sizeof(report->titles[at]),
	    "%zu series, %s", series, hot ? "hot" : "streamed");
}

void
report_add(struct report *report, size_t in_case, size_t reader, size_t round,
    double ns)
{
	report_at(report, in_case, reader)[round] += ns;
}

static int
double_compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* Of the times themselves, or (`over`) of the quotients round by round. */
static struct spread
report_spread(const double *over, const double *ns, size_t rounds)
{
	double *all = calloc(rounds, sizeof(*all));
	struct spread spread;

	if (all == NULL)
		log_die("out of memory: bench");
	for (size_t i = 0; i < rounds; i++)
		all[i] = over == NULL ? ns[i] : over[i] / ns[i];
	qsort(all, rounds, sizeof(*all), double_compare);
	spread = (struct spread){all[0], all[rounds / 2], all[rounds - 1]};
	free(all);
	return spread;
}

static size_t
report_base(size_t reader)
{
	while (
	    reader > 0 && readers[reader - 1].format == readers[reader].format)
		reader--;
	return reader;
}

static void
report_row(const struct report *report, size_t c, size_t i, bool markdown)
{
	size_t base = report_base(i), n = report->rounds;
	const double *ns = report_at(report, c, i);
	struct spread own = report_spread(NULL, ns, n);
	struct spread ratio = report_spread(report_at(report, c, base), ns, n);
	const char *form = markdown
	    ? "| %s | %.0f | %.2f × (%.2f to %.2f) |\n"
	    : "  %-42s %7.0f ns  %6.2f x (%.2f to %.2f)\n";

	printf(form, readers[i].name, own.middle, ratio.middle, ratio.least,
	    ratio.most);
}

static void
report_head(const struct report *report, size_t c, size_t i, bool markdown)
{
	const char *format =
	    readers[i].format == FORMAT_JSON ? "JSON" : "OpenTelemetry 1.0";

	if (markdown)
		printf("\n| %s, %s | ns a point | speed |\n|---|---|---|\n",
		    format, report->titles[c]);
	else
		printf("\n%s, %s: ns a point, and the speed of %s as 1\n",
		    format, report->titles[c], readers[i].name);
}

/* How much more the many series of case `c` cost than the few of case 0. */
static void
report_growth(const struct report *report, size_t few, size_t c)
{
	printf("\n%s: time over that of %s\n", report->titles[c],
	    report->titles[few]);
	for (size_t i = 0; i < readers_count; i++) {
		struct spread grown = report_spread(report_at(report, c, i),
		    report_at(report, few, i), report->rounds);

		printf("  %-4s %-42s %6.2f x (%.2f to %.2f)\n",
		    readers[i].format == FORMAT_JSON ? "JSON" : "OTLP",
		    readers[i].name, grown.middle, grown.least, grown.most);
	}
}

static void
report_processor(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256], name[256] = "unknown processor";

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "model name : %255[^\n]", name) == 1)
			break;
	if (file != NULL)
		fclose(file);
	printf("%s\n", name);
}

void
report_print(const struct report *report, bool markdown)
{
	report_processor();
	printf("%zu rounds; every reader found what was written\n",
	    report->rounds);
	for (size_t c = 0; c < report->ncases; c++)
		for (size_t i = 0; i < readers_count; i++) {
			if (report_base(i) == i)
				report_head(report, c, i, markdown);
			report_row(report, c, i, markdown);
		}
	for (size_t c = 1; c < report->ncases; c++)
		report_growth(report, 0, c);
}
