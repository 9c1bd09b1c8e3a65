#include "app/point_print.h"

#include "base/text.h"

static void
point_print_number(struct buf *out, const char *key, double value)
{
	char text[TEXT_NUMBER_SIZE];

	text_double(text, value);
	buf_text(out, key);
	buf_text(out, text);
}

static void
point_print_dimensions(struct buf *out, const struct series_key *series)
{
	buf_text(out, ",\"dimensions\":{");
	for (size_t i = 0; i < series->ndimensions; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_json(out, series->dimensions[i].name);
		buf_byte(out, ':');
		buf_json(out, series->dimensions[i].value);
	}
	buf_byte(out, '}');
}

static void
point_print_statistics(struct buf *out, const struct point *point)
{
	buf_text(out, ",\"statistics\":{");
	for (size_t i = 0; i < point->nstatistics; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_json(out, point->statistics[i].name);
		point_print_number(out, ":", point->statistics[i].value);
	}
	buf_text(out, "}}\n");
}

void
point_print(struct buf *out, const struct point *point)
{
	const struct series_key *series = &point->series;

	buf_text(out, "{\"account\":");
	buf_json(out, series->account);
	buf_text(out, ",\"region\":");
	buf_json(out, series->region);
	buf_text(out, ",\"namespace\":");
	buf_json(out, series->namespace);
	buf_text(out, ",\"metric\":");
	buf_json(out, series->metric);
	point_print_dimensions(out, series);
	buf_text(out, ",\"unit\":");
	buf_json(out, series->unit);
	buf_printf(out, ",\"timestamp\":%lld", (long long)point->timestamp_ms);
	point_print_number(out, ",\"sum\":", point->sum);
	point_print_number(out, ",\"count\":", point->count);
	point_print_number(out, ",\"min\":", point->min);
	point_print_number(out, ",\"max\":", point->max);
	point_print_statistics(out, point);
}
