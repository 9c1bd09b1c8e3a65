/* Our own archive by its days, for a range. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "ingest/source_s3_call.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define HOUR_MS (3600 * 1000LL)

struct source_s3_names {
	char **at; /* common prefixes */
	size_t count, room;
};

struct source_s3_day {
	const char *prefix; /* ROOT/year=/month=/day=/ */
	int64_t day_ms;
};

struct source_s3_walk {
	struct source_s3 *source;
	struct source_s3_range range;
	struct source_s3_found *found;
	struct arena arena;
	struct source_s3_day *days;
	size_t ndays, room;
};

static void
source_s3_each_name(void *cookie, struct span object, const char *prefix)
{
	struct source_s3_names *names = cookie;

	(void)object;
	if (prefix == NULL)
		return;
	if (names->count == names->room) {
		names->room = names->room == 0 ? 32 : names->room * 2;
		names->at =
		    realloc(names->at, names->room * sizeof(*names->at));
	}
	if (names->at == NULL ||
	    (names->at[names->count] = strdup(prefix)) == NULL)
		log_die("out of memory: prefixes of s3");
	names->count++;
}

static void
source_s3_names_free(struct source_s3_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->at[i]);
	free(names->at);
}

/* The number behind "word=" in the last part of a prefix; -1: another. */
static int
source_s3_part(const char *prefix, const char *word)
{
	const char *at = prefix + strlen(prefix) - 1;
	int value = -1;

	while (at > prefix && at[-1] != '/')
		at--;
	if (strncmp(at, word, strlen(word)) != 0 || at[strlen(word)] != '=')
		return -1;
	return sscanf(at + strlen(word) + 1, "%4d/", &value) == 1 ? value : -1;
}

static void
source_s3_day_add(struct source_s3_walk *walk, const char *prefix, int year,
    int month, int day)
{
	char text[64];
	int64_t ms;

	snprintf(
	    text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year, month, day);
	if (!text_parse_time(span_text(text), &ms))
		return;
	if (walk->ndays == walk->room) {
		walk->room = walk->room == 0 ? 32 : walk->room * 2;
		walk->days =
		    realloc(walk->days, walk->room * sizeof(*walk->days));
		if (walk->days == NULL)
			log_die("out of memory: days of an archive");
	}
	walk->days[walk->ndays++] = (struct source_s3_day){
	    arena_text(&walk->arena, span_text(prefix)), ms};
}

/* The days below year= or year=/month=. */
static enum rc
source_s3_calendar(struct source_s3_walk *walk, const char *prefix, int year,
    int month, struct err *err)
{
	struct source_s3_names names = {0};
	enum rc rc = source_s3_pages(
	    walk->source, prefix, true, source_s3_each_name, &names, err);

	for (size_t i = 0; i < names.count && rc == RC_OK; i++) {
		const char *name = names.at[i];

		if (month < 0 && source_s3_part(name, "month") > 0)
			rc = source_s3_calendar(walk, name, year,
			    source_s3_part(name, "month"), err);
		else if (month > 0 && source_s3_part(name, "day") > 0)
			source_s3_day_add(walk, name, year, month,
			    source_s3_part(name, "day"));
	}
	source_s3_names_free(&names);
	return rc;
}

static bool
source_s3_time(struct json *json, int64_t *ms)
{
	struct json_text text;

	return json_string(json, &text) && text_parse_time(text.raw, ms);
}

/* A row of a manifest; false: no row. */
static bool
source_s3_row(struct source_s3_walk *walk, const char *root, struct span line)
{
	int64_t first_ms = INT64_MIN, last_ms = INT64_MIN, bytes = 0;
	struct source_s3_object *object;
	struct json_text key, name = {0};
	struct json json;
	struct span raw;

	json_init(&json, line);
	if (!json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key)) {
		bool good = true;

		if (span_is(key.raw, "key"))
			good = json_string(&json, &name);
		else if (span_is(key.raw, "first"))
			good = source_s3_time(&json, &first_ms);
		else if (span_is(key.raw, "last"))
			good = source_s3_time(&json, &last_ms);
		else if (span_is(key.raw, "bytes"))
			good = json_number(&json, &raw) &&
			    text_parse_int(raw, &bytes);
		else
			json_skip(&json);
		if (!good)
			return false;
	}
	if (json.fault != NULL || name.raw.len == 0 || bytes <= 0 ||
	    last_ms == INT64_MIN)
		return false;
	object = source_s3_add(walk->found,
	    arena_printf(&walk->arena, "%s%.*s", root, SPAN_ARGS(name.raw)),
	    (uint64_t)bytes, "");
	if (object != NULL) {
		object->first_ms = object->first_most_ms = first_ms;
		object->last_ms = last_ms;
	}
	return object != NULL;
}

/* RC_AGAIN: the day has no manifest, or none that can be read. */
static enum rc
source_s3_manifest(struct source_s3_walk *walk, const char *root,
    const struct source_s3_day *day, struct err *err)
{
	const char *key =
	    arena_printf(&walk->arena, "%smanifest/%ssegments.manifest.jsonl",
		root, day->prefix + strlen(root));
	size_t before = walk->found->count;
	struct buf text = {0};
	enum rc rc = source_s3_small(walk->source, key, &text, err);
	struct span rest = buf_span(&text);

	/* Whatever is wrong: the listing will say so, if it has it too. */
	if (rc != RC_OK)
		rc = RC_AGAIN;
	while (rc == RC_OK && rest.len > 0) {
		const char *end = memchr(rest.at, '\n', rest.len);
		size_t len = end == NULL ? rest.len : (size_t)(end - rest.at);

		if (end == NULL ||
		    !source_s3_row(walk, root, span_make(rest.at, len)))
			rc = RC_AGAIN;
		else
			rest = span_make(end + 1, rest.len - len - 1);
	}
	if (rc == RC_AGAIN)
		walk->found->count = before;
	buf_fini(&text);
	return rc;
}

static void
source_s3_each_segment(void *cookie, struct span object, const char *prefix)
{
	struct source_s3_found *found = cookie;

	(void)prefix;
	source_s3_take(found, object);
}

/* The hour of arrival stands in the key. */
static enum rc
source_s3_listed(struct source_s3_walk *walk, const struct source_s3_day *day,
    struct err *err)
{
	size_t before = walk->found->count;
	enum rc rc = source_s3_pages(walk->source, day->prefix, false,
	    source_s3_each_segment, walk->found, err);

	for (size_t i = before; i < walk->found->count; i++) {
		struct source_s3_object *object = &walk->found->at[i];
		const char *at =
		    strstr(object->key + strlen(day->prefix) - 1, "/hour=");
		int hour;

		if (at == NULL || sscanf(at, "/hour=%2d/", &hour) != 1)
			continue;
		object->first_ms = day->day_ms + hour * HOUR_MS;
		object->first_most_ms = object->first_ms + HOUR_MS - 1;
	}
	return rc;
}

static int
source_s3_day_order(const void *a, const void *b)
{
	const struct source_s3_day *x = a, *y = b;

	return (x->day_ms > y->day_ms) - (x->day_ms < y->day_ms);
}

/* One segment ends where the next begins: what lies wholly outside goes. */
static void
source_s3_narrow(struct source_s3_walk *walk, size_t from)
{
	struct source_s3_found *found = walk->found;
	size_t kept = from;

	for (size_t i = from; i < found->count; i++) {
		const struct source_s3_object *object = &found->at[i];
		int64_t last_ms = object->last_ms;

		if (i + 1 < found->count &&
		    found->at[i + 1].first_most_ms < last_ms)
			last_ms = found->at[i + 1].first_most_ms;
		if (last_ms >= walk->range.since_ms &&
		    object->first_ms <= walk->range.to_ms)
			found->at[kept++] = *object;
	}
	found->count = kept;
}

static enum rc
source_s3_archive(struct source_s3_walk *walk, const char *root,
    const struct source_s3_names *years, struct err *err)
{
	size_t from = walk->found->count, first = 0;
	enum rc rc = RC_OK;

	walk->ndays = 0;
	for (size_t i = 0; i < years->count && rc == RC_OK; i++)
		if (source_s3_part(years->at[i], "year") > 0)
			rc = source_s3_calendar(walk, years->at[i],
			    source_s3_part(years->at[i], "year"), -1, err);
	if (walk->ndays > 0)
		qsort(walk->days, walk->ndays, sizeof(*walk->days),
		    source_s3_day_order);
	/* The last day before the range may reach into it. */
	while (first + 1 < walk->ndays &&
	    walk->days[first + 1].day_ms + DAY_MS <= walk->range.since_ms)
		first++;
	for (size_t i = first; i < walk->ndays && rc == RC_OK &&
	     walk->days[i].day_ms <= walk->range.to_ms;
	     i++) {
		rc = source_s3_manifest(walk, root, &walk->days[i], err);
		if (rc == RC_AGAIN)
			rc = source_s3_listed(walk, &walk->days[i], err);
	}
	source_s3_narrow(walk, from);
	return rc;
}

/* What lies below a prefix: an archive of ours, or whatever else. */
static enum rc
source_s3_descend(
    struct source_s3_walk *walk, const char *root, struct err *err)
{
	struct source_s3_names names = {0};
	bool archive = false;
	enum rc rc = source_s3_pages(
	    walk->source, root, true, source_s3_each_name, &names, err);

	for (size_t i = 0; i < names.count; i++)
		archive = archive || source_s3_part(names.at[i], "year") > 0;
	if (rc == RC_OK && archive)
		rc = source_s3_archive(walk, root, &names, err);
	else if (rc == RC_OK)
		rc = source_s3_pages(walk->source, root, true,
		    source_s3_each_segment, walk->found, err);
	for (size_t i = 0; i < names.count && rc == RC_OK && !archive; i++)
		rc = source_s3_descend(walk, names.at[i], err);
	source_s3_names_free(&names);
	return rc;
}

enum rc
source_s3_days(struct source_s3 *source, const char *root,
    const struct source_s3_range *range, struct source_s3_found *found,
    struct err *err)
{
	struct source_s3_walk walk = {
	    .source = source, .range = *range, .found = found};
	enum rc rc;

	arena_init(&walk.arena);
	rc = source_s3_descend(&walk, root, err);
	free(walk.days);
	arena_fini(&walk.arena);
	return rc;
}
