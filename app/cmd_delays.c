/* delays: how late each namespace comes, and what `delay:` follows. */
#include <stdlib.h>

#include "app/command.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"
#include "base/text.h"
#include "pipeline/decode/decode.h"
#include "pipeline/window/lateness.h"

#define SECOND_MS 1000
#define MINUTE_MS 60000

struct delays_row {
	struct span namespace;
	struct lateness lateness;
};

struct delays {
	struct inputs inputs;
	struct arena names, arena;
	struct table by_namespace;
	struct delays_row **rows;
	size_t count, room;
	uint64_t rejected, untimed, left_out;
	size_t paths;
	enum rc stuck;
	struct err err;
};

/* NULL above the limit. */
static struct delays_row *
delays_row(struct delays *self, struct span namespace)
{
	struct delays_row *row = table_get(&self->by_namespace, namespace);

	if (row != NULL || self->count >= LIMIT_HEARD)
		return row;
	if (self->count == self->room) {
		self->room = self->room * 2 + 16;
		self->rows = realloc(
		    self->rows, self->room * sizeof(struct delays_row *));
	}
	row = calloc(1, sizeof(*row));
	if (row == NULL || self->rows == NULL)
		log_die("out of memory: namespaces");
	row->namespace = arena_copy(&self->names, namespace);
	table_put(&self->by_namespace, row->namespace, row);
	self->rows[self->count++] = row;
	return row;
}

/* tocsin's own metrics come with the minute: they say nothing of AWS. */
static void
delays_point(struct delays *self, const struct point *point, int64_t arrival_ms)
{
	struct delays_row *row;

	if (span_is(point->series.namespace, "Tocsin"))
		return;
	row = delays_row(self, point->series.namespace);
	if (row == NULL)
		self->left_out++;
	else
		lateness_add(&row->lateness,
		    arrival_ms - (point->timestamp_ms + MINUTE_MS));
}

static void
delays_chunk(struct delays *self, const struct source_chunk *chunk)
{
	struct decoded decoded;

	if (chunk->kind != SOURCE_SEGMENT) {
		self->untimed++;
		return;
	}
	arena_reset(&self->arena);
	decoded_init(&decoded, &self->arena);
	for (size_t i = 0; i < chunk->nrecords; i++)
		decode_record(&decoded, chunk->records[i], i);
	for (size_t i = 0; i < decoded.npoints; i++)
		delays_point(self, &decoded.points[i], chunk->entry.arrival_ms);
	self->rejected += decoded.nrejects;
}

static enum rc
delays_input(struct delays *self, struct input *input, uint64_t before,
    struct progress *progress, struct err *err)
{
	struct source_chunk chunk;
	enum rc rc;

	while (
	    (rc = input_next(input, &chunk, err)) == RC_OK || rc == RC_REJECT) {
		if (rc == RC_REJECT) {
			fprintf(stderr, "%s\n", err->text);
			self->rejected++;
			continue;
		}
		delays_chunk(self, &chunk);
		if (self->untimed > 0) {
			fprintf(stderr,
			    "%s: has no arrival times; they are in segments "
			    "(journal, archive)\n",
			    input->path);
			return RC_REJECT;
		}
		progress_at(progress, before + input_done(input, &chunk));
	}
	return rc;
}

static int
delays_compare(const void *a, const void *b)
{
	return span_compare((*(struct delays_row *const *)a)->namespace,
	    (*(struct delays_row *const *)b)->namespace);
}

static void
delays_duration(struct buf *out, const char *key, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_duration(text, (ms + SECOND_MS - 1) / SECOND_MS * SECOND_MS);
	buf_printf(out, ",\"%s\":\"%s\"", key, text);
}

/* A line a namespace, then the block: JSON, and so YAML as it is. */
static void
delays_print(struct delays *self)
{
	struct buf out = {0}, block = {0};
	char delay[TEXT_TIME_SIZE];

	qsort(self->rows, self->count, sizeof(struct delays_row *),
	    delays_compare);
	for (size_t i = 0; i < self->count; i++) {
		const struct delays_row *row = self->rows[i];
		const struct lateness *late = &row->lateness;

		buf_text(&out, "{\"namespace\":");
		buf_json(&out, row->namespace);
		buf_printf(
		    &out, ",\"points\":%llu", (unsigned long long)late->count);
		delays_duration(&out, "p50", lateness_quantile(late, 0.5));
		delays_duration(&out, "p99", lateness_quantile(late, 0.99));
		delays_duration(&out, "max", late->max_ms);
		delays_duration(&out, "delay", lateness_delay(late));
		buf_text(&out, "}\n");
		buf_text(&block, i > 0 ? "," : "{\"delay\":{");
		buf_json(&block, row->namespace);
		text_duration(delay, lateness_delay(late));
		buf_printf(&block, ":\"%s\"", delay);
	}
	fputs(buf_cstr(&out), stdout);
	if (self->count > 0)
		printf("%s}}\n", buf_cstr(&block));
	buf_fini(&out);
	buf_fini(&block);
}

static int
delays_inputs(struct delays *self)
{
	struct progress progress;
	uint64_t before = 0;
	struct err err;
	enum rc rc = RC_AGAIN;

	progress_begin(&progress, "delays", NULL, inputs_bytes(&self->inputs));
	for (size_t i = 0; i < self->inputs.count && rc == RC_AGAIN; i++) {
		struct input *input = &self->inputs.at[i];

		rc = delays_input(self, input, before, &progress, &err);
		before += input->bytes;
	}
	progress_end(&progress);
	if (rc == RC_REJECT)
		return STATUS_BAD;
	if (rc != RC_AGAIN)
		return command_stuck("delays", &err);
	delays_print(self);
	if (self->left_out > 0)
		fprintf(stderr,
		    "%llu points of namespaces above the limit of %d are left "
		    "out\n",
		    (unsigned long long)self->left_out, LIMIT_HEARD);
	return command_flush(self->rejected > 0 ? STATUS_BAD : STATUS_GOOD);
}

static int
delays_with(struct delays *self, struct args *args)
{
	const struct inputs_remote remote = {.range = SOURCE_S3_ALL};
	int what;

	while ((what = args_next(args)) > ARGS_END) {
		self->paths++;
		if (self->stuck == RC_OK)
			self->stuck =
			    inputs_add(&self->inputs, args->value, &self->err);
	}
	if (what == ARGS_END && self->paths == 0)
		what =
		    args_fault(args, "needs a PATH, or - for standard input");
	if (what != ARGS_END)
		return command_stop(&command_delays, what);
	if (self->stuck == RC_OK)
		self->stuck = inputs_settle(&self->inputs, &remote, &self->err);
	if (self->stuck != RC_OK)
		return command_stuck("delays", &self->err);
	return delays_inputs(self);
}

static int
delays_run(struct args *args)
{
	struct delays self = {0};
	int status;

	inputs_init(&self.inputs);
	arena_init(&self.arena);
	arena_init(&self.names);
	status = delays_with(&self, args);
	for (size_t i = 0; i < self.count; i++)
		free(self.rows[i]);
	free(self.rows);
	table_fini(&self.by_namespace);
	arena_fini(&self.names);
	arena_fini(&self.arena);
	inputs_fini(&self.inputs);
	return status;
}

static const struct args_option delays_options[] = {{0}};

const struct command command_delays = {.name = "delays",
    .usage = "PATH…",
    .summary = "how late each namespace comes, from an archive",
    .help =
	"Reads segments (a journal, an archive) and prints a JSON object a\n"
	"namespace: how many points, and how long after the end of its minute\n"
	"half of them, 99 of 100 and the last one came. `delay` is what 999 "
	"of\n"
	"1,000 made, in half minutes; the last line has them all as the\n"
	"`delay:` of a configuration. p50 and p99 are ends of steps: of 5 s "
	"up\n"
	"to ten minutes, of a minute up to two hours, of an hour behind "
	"that.\n",
    .options = delays_options,
    .run = delays_run};
