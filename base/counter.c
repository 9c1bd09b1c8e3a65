#include "base/counter.h"

/* OpenMetrics: the family's name leaves the _total of its sample away. */
static void
counter_family(const struct counter *row, struct buf *out)
{
	struct span name = span_text(row->name);

	if (!row->gauge && name.len > 6)
		name.len -= strlen("_total");
	buf_printf(out, "# TYPE %.*s %s\n# HELP %.*s %s\n", SPAN_ARGS(name),
	    row->gauge ? "gauge" : "counter", SPAN_ARGS(name), row->help);
}

void
counter_print(const struct counter *rows, size_t nrows, struct buf *out)
{
	const char *last = "";

	for (size_t i = 0; i < nrows; i++) {
		int64_t value = counter_get(&rows[i]);

		if (strcmp(last, rows[i].name) != 0)
			counter_family(&rows[i], out);
		last = rows[i].name;
		buf_text(out, rows[i].name);
		if (rows[i].labels != NULL)
			buf_printf(out, "{%s}", rows[i].labels);
		if (rows[i].milli)
			buf_printf(out, " %.3f\n", (double)value / 1000);
		else
			buf_printf(out, " %lld\n", (long long)value);
	}
}
