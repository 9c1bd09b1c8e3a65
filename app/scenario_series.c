#include "app/scenario_series.h"

#include <math.h>

#include "base/table.h"
#include "base/text.h"

#define SERIES_DAY_MS (24 * 3600 * 1000LL)
#define SERIES_MINUTE_MS 60000

static bool
scenario_has(const struct series_key *key, struct span name, struct span value)
{
	for (size_t i = 0; i < key->ndimensions; i++)
		if (span_equal(key->dimensions[i].name, name))
			return span_equal(key->dimensions[i].value, value);
	return false;
}

static bool
scenario_fits(struct span wanted, struct span is)
{
	return wanted.len == 0 || span_equal(wanted, is);
}

bool
scenario_event_matches(
    const struct scenario_event *event, const struct scenario_series *series)
{
	const struct series_key *match = &event->match, *key = &series->key;

	for (size_t i = 0; i < match->ndimensions; i++)
		if (!scenario_has(key, match->dimensions[i].name,
			match->dimensions[i].value))
			return false;
	return scenario_fits(match->region, key->region) &&
	    scenario_fits(match->namespace, key->namespace) &&
	    scenario_fits(match->metric, key->metric);
}

/* splitmix64 (Steele, Lea, Flood 2014): the next of a row, by its place. */
static uint64_t
scenario_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

double
scenario_chance(uint64_t seed, uint64_t name, int64_t time_ms)
{
	uint64_t x =
	    scenario_mix(scenario_mix(seed ^ name) ^ (uint64_t)time_ms);

	return (double)(x >> 32) * 0x1p-32 - (double)(x & 0xffffffff) * 0x1p-32;
}

/* A day's wave: 1 at the peak, -1 twelve hours from it. Parabolas, since
 * cos() is not the same to the last bit everywhere. */
static double
scenario_wave(int64_t time_ms, int64_t peak_ms)
{
	int64_t since = (time_ms - peak_ms) % SERIES_DAY_MS;
	double x;

	if (since < 0)
		since += SERIES_DAY_MS;
	x = (double)since / (double)SERIES_DAY_MS;
	if (x > 0.5)
		x = 1 - x;
	if (x <= 0.25)
		return 1 - 16 * x * x;
	return 16 * (0.5 - x) * (0.5 - x) - 1;
}

/* Enough digits for a metric, and no trace of how it was computed. */
static double
scenario_round(double value, bool whole)
{
	double scale = whole ? 1 : fabs(value) >= 1 ? 1e3 : 1e6;

	return floor(value * scale + 0.5) / scale;
}

/* The value with events; false when one of them stops the series. */
static bool
scenario_events(const struct scenario_series *series,
    const struct scenario_event *events, size_t nevents, int64_t minute_ms,
    double *value)
{
	for (size_t i = 0; i < nevents; i++) {
		const struct scenario_event *event = &events[i];
		double share;

		if (minute_ms < event->at_ms || minute_ms >= event->until_ms ||
		    !scenario_event_matches(event, series))
			continue;
		share = (double)(minute_ms + SERIES_MINUTE_MS - event->at_ms) /
		    (double)(event->until_ms - event->at_ms);
		switch (event->change) {
		case CHANGE_SET:
			*value = event->to;
			break;
		case CHANGE_ADD:
			*value += event->to;
			break;
		case CHANGE_SCALE:
			*value *= event->to;
			break;
		case CHANGE_RAMP:
			*value += (event->to - *value) * fmin(share, 1);
			break;
		case CHANGE_STOP:
			return false;
		}
	}
	return true;
}

static void
scenario_spread(const struct scenario_series *series, double value,
    struct scenario_figures *out)
{
	double off = fabs(value) * series->spread;

	out->count = series->samples;
	if (series->samples < 2)
		off = 0;
	out->min =
	    fmax(scenario_round(value - off, series->whole), series->low);
	out->max =
	    fmin(scenario_round(value + off, series->whole), series->high);
	out->sum = scenario_round(value * series->samples, false);
}

bool
scenario_series_minute(const struct scenario_series *series,
    const struct scenario_event *events, size_t nevents, uint64_t seed,
    int64_t minute_ms, struct scenario_figures *out)
{
	double value = series->value +
	    series->amplitude * scenario_wave(minute_ms, series->peak_ms);

	if (minute_ms % series->every_ms != 0 ||
	    !scenario_events(series, events, nevents, minute_ms, &value))
		return false;
	value *= 1 +
	    series->noise *
		scenario_chance(seed, hash_stable(series->head), minute_ms);
	value = fmin(fmax(value, series->low), series->high);
	value = scenario_round(value, series->whole || series->counts);
	if (series->counts) {
		*out = (struct scenario_figures){1, 1, value, value};
		return value > 0;
	}
	scenario_spread(series, value, out);
	return true;
}

static void
scenario_member(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	buf_json(out, value);
	buf_byte(out, ',');
}

void
scenario_series_head(
    struct buf *out, const struct series_key *key, struct span stream)
{
	buf_byte(out, '{');
	scenario_member(out, "metric_stream_name", stream);
	scenario_member(out, "account_id", key->account);
	scenario_member(out, "region", key->region);
	scenario_member(out, "namespace", key->namespace);
	scenario_member(out, "metric_name", key->metric);
	buf_text(out, "\"dimensions\":{");
	for (size_t i = 0; i < key->ndimensions; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_json(out, key->dimensions[i].name);
		buf_byte(out, ':');
		buf_json(out, key->dimensions[i].value);
	}
	buf_text(out, "},\"timestamp\":");
}

void
scenario_series_line(struct buf *out, const struct scenario_series *series,
    int64_t minute_ms, const struct scenario_figures *figures)
{
	const struct {
		const char *key;
		double value;
	} rows[] = {{"{\"max\":", figures->max}, {",\"min\":", figures->min},
	    {",\"sum\":", figures->sum}, {",\"count\":", figures->count}};
	char number[TEXT_NUMBER_SIZE];

	buf_span_put(out, series->head);
	buf_printf(out, "%lld,\"value\":", (long long)minute_ms);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text_double_java(number, rows[i].value);
		buf_text(out, rows[i].key);
		buf_text(out, number);
	}
	buf_text(out, "},\"unit\":");
	buf_json(out, series->key.unit);
	buf_text(out, "}\n");
}
