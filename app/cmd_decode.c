/* decode: one line per point. */
#include "app/command.h"
#include "app/inputs.h"
#include "app/point_print.h"
#include "app/progress.h"
#include "base/limits.h"
#include "pipeline/decode/decode.h"

enum { DECODE_FORMAT = ARGS_PATH + 1 };

static const struct args_option decode_options[] = {
    {"format", "json|otlp", "do not tell by content, it is this",
	DECODE_FORMAT},
    {0}};

struct decode {
	const struct decoder *decoder; /* NULL: told by content */
	struct inputs inputs;
	struct arena arena;
	struct buf out;
	uint64_t points, rejected;
	size_t paths;
	enum rc stuck; /* a path could not be read */
	struct err err;
};

static void
decode_reject_print(const struct input *input, const struct source_chunk *chunk,
    const struct reject *reject)
{
	size_t record = chunk->first, offset = chunk->offset + reject->offset;

	if (chunk->kind == SOURCE_LINES || chunk->kind == SOURCE_MESSAGES) {
		record += reject->item - 1;
	} else {
		record += reject->record;
		for (size_t i = 0; i < reject->record; i++)
			offset += chunk->records[i].len;
	}
	fprintf(stderr, "%s: record %zu, offset %zu: %s\n", input->path, record,
	    offset, reject->reason);
}

static void
decode_put(struct decode *self)
{
	fputs(buf_cstr(&self->out), stdout);
	buf_clear(&self->out);
}

static void
decode_chunk(struct decode *self, const struct input *input,
    const struct source_chunk *chunk)
{
	struct decoded decoded;

	arena_reset(&self->arena);
	decoded_init(&decoded, &self->arena);
	for (size_t i = 0; i < chunk->nrecords; i++)
		if (self->decoder != NULL)
			self->decoder->decode(&decoded, chunk->records[i], i);
		else
			decode_record(&decoded, chunk->records[i], i);
	for (size_t i = 0; i < decoded.npoints; i++) {
		point_print(&self->out, &decoded.points[i]);
		if (self->out.len > (size_t)MIB)
			decode_put(self);
	}
	for (size_t i = 0; i < decoded.nrejects; i++)
		decode_reject_print(input, chunk, &decoded.rejects[i]);
	self->points += decoded.npoints;
	self->rejected += decoded.nrejects;
	decode_put(self);
}

static enum rc
decode_input(struct decode *self, struct input *input, uint64_t before,
    struct progress *progress, struct err *err)
{
	struct source_chunk chunk;
	enum rc rc;

	while (
	    (rc = input_next(input, &chunk, err)) == RC_OK || rc == RC_REJECT) {
		if (rc == RC_OK) {
			decode_chunk(self, input, &chunk);
			progress_at(
			    progress, before + input_done(input, &chunk));
			continue;
		}
		fprintf(stderr, "%s\n", err->text);
		self->rejected++;
	}
	return rc;
}

static int
decode_inputs(struct decode *self)
{
	struct progress progress;
	uint64_t before = 0;
	struct err err;
	enum rc rc = RC_AGAIN;

	progress_begin(&progress, "decode", NULL, inputs_bytes(&self->inputs));
	for (size_t i = 0; i < self->inputs.count && rc == RC_AGAIN; i++) {
		struct input *input = &self->inputs.at[i];

		rc = decode_input(self, input, before, &progress, &err);
		before += input->bytes;
	}
	progress_end(&progress);
	if (rc != RC_AGAIN)
		return command_stuck("decode", &err);
	fflush(stdout);
	fprintf(stderr, "%llu points, %llu rejected\n",
	    (unsigned long long)self->points,
	    (unsigned long long)self->rejected);
	return command_flush(self->rejected > 0 ? STATUS_BAD : STATUS_GOOD);
}

static int
decode_format(struct decode *self, const struct args *args)
{
	for (const struct decoder *d = decoders; d->name != NULL; d++)
		if (strcmp(d->name, args->value) == 0)
			self->decoder = d;
	return self->decoder != NULL
	    ? ARGS_END
	    : args_fault(args, "--format must be json or otlp, not \"%s\"",
		  args->value);
}

/* One option or path; ARGS_END when it was taken. */
static int
decode_arg(struct decode *self, const struct args *args, int what)
{
	if (what == DECODE_FORMAT)
		return decode_format(self, args);
	self->paths++;
	if (self->stuck == RC_OK)
		self->stuck =
		    inputs_add(&self->inputs, args->value, &self->err);
	return ARGS_END;
}

static int
decode_with(struct decode *self, struct args *args)
{
	const struct inputs_remote remote = {.range = SOURCE_S3_ALL};
	int what;

	while ((what = args_next(args)) > ARGS_END)
		if ((what = decode_arg(self, args, what)) != ARGS_END)
			break;
	if (what == ARGS_END && self->paths == 0)
		what =
		    args_fault(args, "needs a PATH, or - for standard input");
	if (what != ARGS_END)
		return command_stop(&command_decode, what);
	if (self->stuck == RC_OK)
		self->stuck = inputs_settle(&self->inputs, &remote, &self->err);
	if (self->stuck != RC_OK)
		return command_stuck("decode", &self->err);
	return decode_inputs(self);
}

static int
decode_run(struct args *args)
{
	struct decode self = {0};
	int status;

	inputs_init(&self.inputs);
	arena_init(&self.arena);
	status = decode_with(&self, args);
	buf_fini(&self.out);
	arena_fini(&self.arena);
	inputs_fini(&self.inputs);
	return status;
}

const struct command command_decode = {.name = "decode",
    .usage = "[--format F] PATH…",
    .summary = "one line per point",
    .help =
	"Reads metric streams and prints one JSON object a point: JSON\n"
	"lines, length-delimited OpenTelemetry 0.7 and 1.0, Firehose request\n"
	"bodies, segments of ours; plain, gzip, zstd or snappy. All is told\n"
	"by content. - is standard input; the files of a folder, and what is\n"
	"at s3://bucket/prefix, come in the order of their names.\n\n"
	"What cannot be read goes to standard error as FILE: record R,\n"
	"offset O: reason; the last line there is `N points, R rejected`.\n"
	"Exit status 1 when R > 0.\n",
    .options = decode_options,
    .run = decode_run};
