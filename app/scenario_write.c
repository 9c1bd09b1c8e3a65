/* A scenario as a segment of ours, or as lines for programs that post it. */
#include "app/scenario.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/table.h"
#include "base/text.h"
#include "journal/codec.h"
#include "journal/segment.h"

#define WRITE_TICK_MS 10000
/* What Firehose may put into one record. */
#define WRITE_RECORD_BYTES (1000 * KIB)

struct scenario_writer {
	FILE *out;
	struct scenario *scenario;
	uint64_t segment_id, seq;
	struct buf header, payload;
	struct arena arena; /* of one frame */
};

static enum rc
scenario_put(FILE *out, struct span bytes, struct err *err)
{
	if (bytes.len > 0 && fwrite(bytes.at, 1, bytes.len, out) != bytes.len)
		return err_errno(err, RC_FATAL, "cannot write");
	return RC_OK;
}

/* A frame of the kind, with the payload that `payload` holds. */
static enum rc
scenario_frame(struct scenario_writer *w, struct segment_frame *frame,
    const struct span *records, int64_t time_ms, struct err *err)
{
	enum rc rc;

	frame->payload_len = w->payload.len;
	frame->coding = w->payload.len == 0 ? CODING_PLAIN : CODING_ZSTD;
	buf_clear(&w->header);
	segment_build(&w->header, frame, records);
	if (buf_failed(&w->header) || buf_failed(&w->payload))
		return err_set(err, RC_REJECT, "a minute is too large");
	segment_stamp(buf_span(&w->header),
	    crc32c(0, w->payload.bytes, w->payload.len), w->segment_id, w->seq,
	    time_ms);
	rc = scenario_put(w->out, buf_span(&w->header), err);
	if (rc == RC_OK)
		rc = scenario_put(w->out, buf_span(&w->payload), err);
	buf_clear(&w->payload);
	arena_reset(&w->arena);
	return rc;
}

static enum rc
scenario_tick(struct scenario_writer *w, int64_t time_ms, struct err *err)
{
	struct segment_frame frame = {.kind = SEGMENT_TICK};

	w->seq++;
	return scenario_frame(w, &frame, NULL, time_ms, err);
}

/* Whole lines, as many as a record holds; a longer line is one of its own. */
static struct span
scenario_record(struct span lines)
{
	const char *newline;

	if (lines.len <= (size_t)WRITE_RECORD_BYTES)
		return lines;
	newline = memrchr(lines.at, '\n', (size_t)WRITE_RECORD_BYTES);
	if (newline == NULL)
		newline = memchr(lines.at, '\n', lines.len);
	return span_make(lines.at, (size_t)(newline + 1 - lines.at));
}

static enum rc
scenario_batch(struct scenario_writer *w, const struct scenario_batch *batch,
    struct err *err)
{
	struct segment_frame frame = {.kind = SEGMENT_BATCH,
	    .format = FORMAT_JSON,
	    .plain_len = batch->lines.len,
	    .source = batch->region};
	struct span rest = batch->lines, *records;

	records = arena_alloc(&w->arena,
	    (2 * batch->lines.len / WRITE_RECORD_BYTES + batch->points + 1) *
		sizeof(*records));
	while (rest.len > 0) {
		struct span record = scenario_record(rest);

		records[frame.nrecords++] = record;
		rest = span_make(rest.at + record.len, rest.len - record.len);
	}
	codec_squeeze(&w->payload, &batch->lines, 1);
	w->seq++;
	return scenario_frame(w, &frame, records, batch->arrival_ms, err);
}

/* Ticks up to the batches, and on to the end. */
static enum rc
scenario_entries(struct scenario_writer *w, struct err *err)
{
	int64_t tick_ms = scenario_start_ms(w->scenario);
	int64_t end_ms = scenario_end_ms(w->scenario);
	struct scenario_batch batch;
	enum rc more, rc = RC_OK;

	while (rc == RC_OK) {
		more = scenario_next(w->scenario, &batch);
		if (more == RC_REJECT)
			return err_set(err, RC_REJECT, "a minute is too large");
		for (; rc == RC_OK &&
		     tick_ms <= (more == RC_OK ? batch.arrival_ms : end_ms);
		     tick_ms += WRITE_TICK_MS)
			rc = scenario_tick(w, tick_ms, err);
		if (more == RC_AGAIN)
			break;
		if (rc == RC_OK)
			rc = scenario_batch(w, &batch, err);
	}
	return rc;
}

static enum rc
scenario_begin(struct scenario **scenario, const char *path, struct err *err)
{
	struct faults faults;
	enum rc rc;

	faults_init(&faults);
	rc = scenario_open(scenario, path, &faults, err);
	faults_print(&faults, stderr);
	faults_fini(&faults);
	return rc;
}

static enum rc
scenario_flush(FILE *out, enum rc rc, struct err *err)
{
	if (rc == RC_OK && fflush(out) != 0)
		return err_errno(err, RC_FATAL, "cannot write");
	return rc;
}

enum rc
scenario_write(const char *path, FILE *out, struct err *err)
{
	struct scenario_writer w = {.out = out};
	struct segment_frame head = {.kind = SEGMENT_HEAD};
	enum rc rc = scenario_begin(&w.scenario, path, err);

	if (rc != RC_OK)
		return rc;
	arena_init(&w.arena);
	/* Of the description, so that the bytes are the same each time. */
	w.segment_id = scenario_id(w.scenario);
	w.seq = 1;
	rc =
	    scenario_frame(&w, &head, NULL, scenario_start_ms(w.scenario), err);
	w.seq = 0;
	if (rc == RC_OK)
		rc = scenario_entries(&w, err);
	rc = scenario_flush(out, rc, err);
	arena_fini(&w.arena);
	buf_fini(&w.header);
	buf_fini(&w.payload);
	scenario_close(&w.scenario);
	return rc;
}

enum rc
scenario_write_batches(const char *path, FILE *out, struct err *err)
{
	struct scenario *scenario;
	struct scenario_batch batch;
	struct buf line = {0};
	char time[TEXT_TIME_SIZE];
	enum rc more = RC_OK, rc = scenario_begin(&scenario, path, err);

	if (rc != RC_OK)
		return rc;
	while (
	    rc == RC_OK && (more = scenario_next(scenario, &batch)) == RC_OK) {
		text_time(time, batch.arrival_ms);
		buf_clear(&line);
		buf_printf(&line, "{\"arrival\":\"%s\",\"region\":", time);
		buf_json(&line, batch.region);
		buf_printf(&line, ",\"points\":%llu,\"lines\":",
		    (unsigned long long)batch.points);
		buf_json(&line, batch.lines);
		buf_text(&line, "}\n");
		rc = buf_failed(&line)
		    ? err_set(err, RC_REJECT, "a minute is too large")
		    : scenario_put(out, buf_span(&line), err);
	}
	if (rc == RC_OK && more == RC_REJECT)
		rc = err_set(err, RC_REJECT, "a minute is too large");
	rc = scenario_flush(out, rc, err);
	buf_fini(&line);
	scenario_close(&scenario);
	return rc;
}
