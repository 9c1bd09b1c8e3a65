/* Reads a text or a file through template_read(), and prints what came. */
#ifndef TESTS_UNIT_PIPELINE_TEMPLATE_FIXTURE_H
#define TESTS_UNIT_PIPELINE_TEMPLATE_FIXTURE_H

#include "base/buf.h"
#include "base/file.h"
#include "pipeline/alarm/definition/template.h"
#include "testing.h"

struct read {
	struct arena arena;
	struct faults faults;
	struct template_options options;
	struct template_alarms alarms;
	struct template_parameter given[8];
};

/* `given`: "NAME=VALUE NAME=VALUE". */
static inline void
read_begin(struct read *r, const char *given)
{
	*r = (struct read){0};
	arena_init(&r->arena);
	faults_init(&r->faults);
	r->options.parameters = r->given;
	r->options.account = SPAN_OF("111122223333");
	r->options.region = SPAN_OF("us-east-2");
	while (*given != '\0') {
		size_t name = strcspn(given, "=");
		size_t value = strcspn(given + name + 1, " ");

		r->given[r->options.count++] = (struct template_parameter){
		    span_make(given, name), span_make(given + name + 1, value)};
		given += name + 1 + value;
		given += *given == ' ';
	}
}

static inline void
read_text(struct read *r, struct span text, const char *file)
{
	const struct tree *root =
	    tree_parse(&r->arena, text, file, false, &r->faults);

	if (root == NULL)
		faults_print(&r->faults, stderr);
	ck_assert_ptr_nonnull(root);
	template_read(&r->alarms, &r->arena, root, &r->options, &r->faults);
}

static inline void
read_file(struct read *r, const char *name)
{
	struct buf text = {0};
	struct err err;
	char path[200];

	snprintf(path, sizeof(path), "tests/fixtures/definitions/%s", name);
	ck_assert_msg(file_read(path, &text, &err) == RC_OK, "%s", err.text);
	read_text(r, arena_copy(&r->arena, buf_span(&text)), path);
	buf_fini(&text);
}

static inline void
read_done(struct read *r)
{
	faults_fini(&r->faults);
	arena_fini(&r->arena);
}

/* Every alarm as JSON, a line each. */
static inline void
read_print(const struct read *r, struct buf *out)
{
	for (size_t i = 0; i < r->alarms.count; i++) {
		if (i > 0)
			buf_byte(out, '\n');
		tree_print(r->alarms.at[i], out);
	}
}

/* The text gives these alarms and no fault. */
static inline void
expect_alarms(const char *text, const char *given, const char *alarms)
{
	struct read r;
	struct buf out = {0};

	read_begin(&r, given);
	read_text(&r, span_text(text), "t.yaml");
	if (r.faults.count > 0)
		faults_print(&r.faults, stderr);
	read_print(&r, &out);
	ck_assert_str_eq(buf_cstr(&out), alarms);
	ck_assert_uint_eq(r.faults.count, 0);
	buf_fini(&out);
	read_done(&r);
}

/* One fault, at a line, that holds a text; `kept` alarms beside it. */
static inline void
expect_fault(const char *text, const char *given, unsigned line,
    const char *fault, size_t kept)
{
	struct read r;

	read_begin(&r, given);
	read_text(&r, span_text(text), "t.yaml");
	ck_assert_msg(r.faults.count > 0, "no fault: %s", text);
	ck_assert_msg(strstr(r.faults.first->text, fault) != NULL, "%s\n%s\n%s",
	    text, fault, r.faults.first->text);
	ck_assert_msg(r.faults.count == 1, "%s\n%zu faults, then %s", text,
	    r.faults.count, r.faults.last->text);
	ck_assert_msg(r.faults.first->line == line, "%s\nline %u, not %u", text,
	    r.faults.first->line, line);
	ck_assert_str_eq(r.faults.first->file, "t.yaml");
	ck_assert_uint_eq(r.alarms.count, kept);
	read_done(&r);
}

#endif
