/*
 * Alarm definitions read from a text: what came of it, and the comparisons
 * that the tests of definitions share.
 */
#ifndef TESTS_UNIT_PIPELINE_DEFINITION_FIXTURE_H
#define TESTS_UNIT_PIPELINE_DEFINITION_FIXTURE_H

#include "base/tree.h"
#include "pipeline/alarm/definition/definition.h"
#include "pipeline/alarm/definition/template.h"
#include "testing.h"

#define NAME "\"AlarmName\": \"lag\""
#define METRIC                                                                 \
	"\"Namespace\": \"N\", \"MetricName\": \"m\", \"Statistic\": "         \
	"\"Sum\", \"Period\": 60"
#define JUDGED                                                                 \
	"\"EvaluationPeriods\": 3, \"Threshold\": 5, \"ComparisonOperator\": " \
	"\"GreaterThanThreshold\""
#define GOOD                                                                   \
	"\"AlarmName\": \"lag\", \"Namespace\": \"AWS/RDS\", "                 \
	"\"MetricName\": \"Lag\", \"Statistic\": \"Maximum\", "                \
	"\"Period\": 60, \"EvaluationPeriods\": 3, \"Threshold\": 1000.0, "    \
	"\"ComparisonOperator\": \"GreaterThanThreshold\""
/* An alarm without faults, which must run whatever the others are. */
#define SOUND "{\"AlarmName\": \"sound\", " METRIC ", " JUDGED "}"

struct read {
	struct arena arena;
	struct faults faults;
	struct definitions all;
};

/* Appends a document; all are of one account and Region. */
static inline void
read_more(struct read *r, const char *text, const char *file)
{
	const struct definition_scope scope = {
	    .account = SPAN_OF("111122223333"), .region = SPAN_OF("us-east-2")};
	const struct template_options options = {0};
	struct template_alarms found = {0};
	const struct tree *tree;

	tree = tree_parse(&r->arena, span_text(text), file, false, &r->faults);
	if (tree != NULL)
		template_read(&found, &r->arena, tree, &options, &r->faults);
	for (size_t i = 0; i < found.count; i++)
		definition_read_one(
		    &r->all, &r->arena, found.at[i], &scope, &r->faults);
}

static inline void
read_start(struct read *r)
{
	*r = (struct read){0};
	arena_init(&r->arena);
	faults_init(&r->faults);
}

static inline void
read_done(struct read *r)
{
	faults_fini(&r->faults);
	arena_fini(&r->arena);
}

/* A good text: the alarms are there and nothing is said. */
static inline const struct alarm *
read_good(struct read *r, const char *text)
{
	read_start(r);
	read_more(r, text, "a.json");
	definitions_link(&r->all, &r->arena, &r->faults);
	if (r->faults.count > 0)
		faults_print(&r->faults, stderr);
	ck_assert_uint_eq(r->faults.count, 0);
	ck_assert_uint_eq(r->all.nleft_out, 0);
	ck_assert_uint_ge(r->all.count, 1);
	return &r->all.alarms[0];
}

/* Any text, and SOUND behind it. */
static inline void
read_text(struct read *r, const char *text)
{
	read_start(r);
	read_more(r, text, "f");
	read_more(r, SOUND, "g");
	definitions_link(&r->all, &r->arena, &r->faults);
}

static inline bool
sound_runs(const struct read *r)
{
	for (size_t i = 0; i < r->all.count; i++)
		if (span_is(r->all.alarms[i].name, "sound"))
			return true;
	return false;
}

struct row {
	const char *text;
	const char *faults; /* LINE:COLUMN: TEXT, a line each */
};

/* Each text has these faults and no others, and SOUND runs all the same. */
static inline void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct read r;
		struct buf is = {0};

		read_text(&r, rows[i].text);
		for (const struct fault *f = r.faults.first; f != NULL;
		     f = f->next) {
			ck_assert_str_eq(f->file, "f");
			buf_printf(&is, "%s%u:%u: %s", is.len > 0 ? "\n" : "",
			    f->line, f->column, f->text);
		}
		ck_assert_str_eq(buf_cstr(&is), rows[i].faults);
		ck_assert_msg(sound_runs(&r), "%s", rows[i].text);
		buf_fini(&is);
		read_done(&r);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(*rows))

static inline void
check_span(struct span is, const char *right)
{
	ck_assert_msg(
	    span_is(is, right), "\"%.*s\", not \"%s\"", SPAN_ARGS(is), right);
}

static inline void
check_reads(struct reads reads, const char *right)
{
	struct buf text = {0};

	for (size_t i = 0; i < reads.count; i++)
		buf_printf(
		    &text, "%s%.*s", i > 0 ? " " : "", SPAN_ARGS(reads.at[i]));
	check_span(buf_span(&text), right);
	buf_fini(&text);
}

#endif
