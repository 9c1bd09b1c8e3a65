#include "app/rollup_gauges.h"

#include <ctype.h>
#include <pthread.h>

#include "base/limits.h"
#include "base/text.h"

struct counter rollup_gauges_stats[ROLLUP_GAUGES_STATS] = {
    [ROLLUP_GAUGES_LEFT_OUT] = {.name = "tocsin_rollup_gauges_left_out",
	.help = "Groups of rollups that /metrics has no room for.",
	.gauge = true}};

/* What is shown, made by the engine's thread. */
static pthread_mutex_t gauges_lock = PTHREAD_MUTEX_INITIALIZER;
static struct buf gauges_values, gauges_ends;

/* What is being made. */
struct gauges_making {
	struct buf values, ends;
	const struct rollup_definition *last;
	size_t count, left_out;
};

static void
gauge_name(struct buf *out, struct span name)
{
	if (name.len == 0 || isdigit((unsigned char)name.at[0]))
		buf_byte(out, '_');
	for (size_t i = 0; i < name.len; i++)
		buf_byte(
		    out, isalnum((unsigned char)name.at[i]) ? name.at[i] : '_');
}

static void
gauge_value(struct buf *out, struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '\n') {
			buf_text(out, "\\n");
			continue;
		}
		if (value.at[i] == '\\' || value.at[i] == '"')
			buf_byte(out, '\\');
		buf_byte(out, value.at[i]);
	}
}

/* Whether an earlier label is called so already. */
static bool
gauge_name_taken(
    const struct rollup_line *line, size_t before, struct span name)
{
	struct buf other = {0};
	bool taken = span_is(name, "rollup");

	for (size_t i = 0; i < before && !taken; i++) {
		buf_clear(&other);
		gauge_name(&other, line->labels[i].name);
		taken = span_equal(buf_span(&other), name);
	}
	buf_fini(&other);
	return taken;
}

void
rollup_gauge_labels(struct buf *out, const struct rollup_line *line)
{
	struct buf name = {0};

	buf_text(out, "{rollup=\"");
	gauge_value(out, line->rollup->name);
	buf_byte(out, '"');
	for (size_t i = 0; i < line->nlabels; i++) {
		buf_clear(&name);
		gauge_name(&name, line->labels[i].name);
		buf_byte(out, ',');
		buf_span_put(out, buf_span(&name));
		if (gauge_name_taken(line, i, buf_span(&name)))
			buf_printf(out, "_%zu", i + 1);
		buf_text(out, "=\"");
		gauge_value(out, line->labels[i].value);
		buf_byte(out, '"');
	}
	buf_byte(out, '}');
	buf_fini(&name);
}

static void
gauge_add(void *cookie, const struct rollup_line *line)
{
	struct gauges_making *making = cookie;
	char value[TEXT_NUMBER_SIZE];

	if ((line->rollup->outputs & ROLLUP_METRICS) == 0)
		return;
	if (making->count >= LIMIT_ROLLUP_GAUGES) {
		making->left_out++;
		return;
	}
	making->count++;
	text_double(value, line->value);
	buf_text(&making->values, "tocsin_rollup");
	rollup_gauge_labels(&making->values, line);
	buf_printf(&making->values, " %s\n", value);
	if (making->last == line->rollup)
		return;
	making->last = line->rollup;
	buf_text(&making->ends,
	    "tocsin_rollup_window_end_timestamp_seconds{rollup=\"");
	gauge_value(&making->ends, line->rollup->name);
	buf_printf(&making->ends, "\"} %lld\n",
	    (long long)(line->start_ms + line->rollup->window_ms) / 1000);
}

void
rollup_gauges_update(const struct engine *engine)
{
	struct gauges_making making = {0};

	engine_rollups(engine, gauge_add, &making);
	counter_set(&rollup_gauges_stats[ROLLUP_GAUGES_LEFT_OUT],
	    (int64_t)making.left_out);
	pthread_mutex_lock(&gauges_lock);
	buf_fini(&gauges_values);
	buf_fini(&gauges_ends);
	gauges_values = making.values;
	gauges_ends = making.ends;
	pthread_mutex_unlock(&gauges_lock);
}

void
rollup_gauges_print(struct buf *out)
{
	counter_print(rollup_gauges_stats, ROLLUP_GAUGES_STATS, out);
	buf_text(out,
	    "# TYPE tocsin_rollup gauge\n"
	    "# HELP tocsin_rollup A group's value in the window of the rollup "
	    "that became final last.\n");
	pthread_mutex_lock(&gauges_lock);
	buf_span_put(out, buf_span(&gauges_values));
	buf_text(out,
	    "# TYPE tocsin_rollup_window_end_timestamp_seconds gauge\n"
	    "# UNIT tocsin_rollup_window_end_timestamp_seconds seconds\n"
	    "# HELP tocsin_rollup_window_end_timestamp_seconds When that "
	    "window "
	    "ended.\n");
	buf_span_put(out, buf_span(&gauges_ends));
	pthread_mutex_unlock(&gauges_lock);
}
