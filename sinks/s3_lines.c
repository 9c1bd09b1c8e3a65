#include "sinks/s3_lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/log.h"
#include "journal/pack.h"
#include "sinks/s3_key.h"
#include "sinks/s3_upload.h"

struct s3_lines {
	const struct s3_family *family;
	const struct s3_bucket *bucket;
	struct journal *journal;
	struct outcomes *outcomes;
	struct outcomes_reader *reader;
	struct delivery *delivery;
	char *folder;
	char root[32]; /* of its keys */
	struct s3_upload upload;
	/* The item: */
	struct journal_segment segment;
	struct s3_object object;
	uint64_t lines;
};

/* The first line of the segment; RC_AGAIN: it has none. */
static enum rc
s3_lines_seek(
    struct s3_lines *self, struct outcomes_line *line, struct err *err)
{
	uint64_t reach = 0;
	enum rc rc;

	outcomes_seek(self->reader, self->segment.first_seq - 1);
	do
		rc = outcomes_next(self->reader, line, &reach, err);
	while (rc == RC_OK && line->kind != self->family->kind &&
	    line->seq <= self->segment.last_seq);
	return rc == RC_OK && line->seq > self->segment.last_seq ? RC_AGAIN
								 : rc;
}

/* The segments whose lines were not kept, all at once. Who had some before must
 * see that others are missing. */
static enum rc
s3_lines_without(struct s3_lines *self, uint64_t after,
    struct delivery_item *item, struct err *err)
{
	uint64_t begin = outcomes_begin(self->outcomes);

	if (item->reach < begin - 1)
		item->reach = begin - 1;
	if (after > 0)
		return err_set(err, RC_REJECT,
		    "%s of entries %llu to %llu were not kept, nobody was to "
		    "get them then; replay of the archive gives them",
		    self->family->name,
		    (unsigned long long)self->segment.first_seq,
		    (unsigned long long)item->reach);
	log_info("segments_without_lines", "first=%llu kept_from=%llu",
	    (unsigned long long)self->segment.first_seq,
	    (unsigned long long)begin);
	return RC_AGAIN;
}

static enum rc
s3_lines_next(
    void *cookie, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct s3_lines *self = cookie;
	const struct journal_segment *segment = &self->segment;
	struct outcomes_line line;
	enum rc rc = journal_sealed(self->journal, after, &self->segment);

	if (rc != RC_OK)
		return rc;
	if (segment->last_seq > outcomes_advanced(self->outcomes))
		return RC_AGAIN;
	item->reach = segment->last_seq;
	if (segment->first_seq < outcomes_begin(self->outcomes))
		return s3_lines_without(self, after, item, err);
	rc = s3_lines_seek(self, &line, err);
	/* Damage: what can never be sent, of this segment. */
	if (rc != RC_OK)
		return rc;
	s3_object_begin(&self->object, self->bucket);
	s3_key_lines(&self->object.key, self->family->name, segment);
	item->seq = segment->first_seq;
	item->since_ms = segment->last_ms;
	return RC_OK;
}

/* The segment's lines, packed into the file; their checksum as they are. */
static enum rc
s3_lines_pack(
    struct s3_lines *self, struct pack *pack, uint32_t *crc, struct err *err)
{
	struct outcomes_line line;
	uint64_t reach;
	enum rc rc = s3_lines_seek(self, &line, err);

	*crc = 0;
	self->lines = 0;
	while (rc == RC_OK && line.seq <= self->segment.last_seq) {
		if (line.kind == self->family->kind) {
			*crc = crc32c(*crc, line.text.at, line.text.len);
			self->lines++;
			rc = pack_put(pack, line.text, err);
		}
		if (rc == RC_OK)
			rc = outcomes_next(self->reader, &line, &reach, err);
	}
	return rc == RC_AGAIN ? RC_OK : rc;
}

/* A file without a name, with what is to be sent. */
static enum rc
s3_lines_make(struct s3_lines *self, int fd, struct err *err)
{
	struct s3_object *object = &self->object;
	struct pack *pack = pack_create(fd);
	uint32_t crc;
	enum rc rc = s3_lines_pack(self, pack, &crc, err);

	if (rc == RC_OK)
		rc = pack_finish(pack, &object->bytes, err);
	pack_free(&pack);
	buf_clear(&object->plain);
	s3_checksum(&object->plain, crc);
	object->hashed = false;
	object->fd = fd;
	return rc;
}

static enum rc
s3_lines_send(void *cookie, struct err *err)
{
	struct s3_lines *self = cookie;
	struct s3_object *object = &self->object;
	int fd = open(self->folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	enum rc rc;

	if (fd < 0)
		return err_errno(err, RC_RETRY, "a file in %s", self->folder);
	s3_upload_sweep(&self->upload);
	rc = s3_lines_make(self, fd, err);
	if (rc == RC_OK)
		rc = object->bytes >
			(uint64_t)self->bucket->config.multipart_bytes
		    ? s3_upload_put(&self->upload, object, err)
		    : s3_object_put(self->bucket, object, err);
	close(fd);
	if (rc == RC_OK)
		log_info("lines_archived",
		    "key=%s first=%llu last=%llu lines=%llu",
		    buf_cstr(&object->key) + 1,
		    (unsigned long long)self->segment.first_seq,
		    (unsigned long long)self->segment.last_seq,
		    (unsigned long long)self->lines);
	return rc;
}

static void
s3_lines_dead(void *cookie, struct buf *out)
{
	struct s3_lines *self = cookie;

	buf_printf(out, "{\"first_seq\":%llu,\"last_seq\":%llu,\"bucket\":",
	    (unsigned long long)self->segment.first_seq,
	    (unsigned long long)self->segment.last_seq);
	buf_json(out, self->bucket->config.bucket);
	buf_text(out, ",\"key\":");
	buf_json_text(out, buf_cstr(&self->object.key) + 1);
	buf_byte(out, '}');
}

enum rc
s3_lines_start(struct s3_lines **out, const struct s3_family *family,
    const struct s3_bucket *bucket, const char *name, struct journal *journal,
    struct outcomes *outcomes, const char *folder, struct err *err)
{
	struct delivery_source source = {.name = name,
	    .beyond = journal_last(journal) + 1,
	    .next = s3_lines_next,
	    .send = s3_lines_send,
	    .dead = s3_lines_dead};
	struct s3_lines *self = calloc(1, sizeof(*self));
	enum rc rc;

	if (self == NULL || (self->folder = strdup(folder)) == NULL)
		log_die("out of memory: s3 sink");
	self->family = family;
	self->bucket = bucket;
	self->journal = journal;
	self->outcomes = outcomes;
	self->reader = outcomes_reader_open(outcomes);
	self->object.type = "application/zstd";
	snprintf(self->root, sizeof(self->root), "%s/", family->name);
	s3_upload_open(&self->upload, bucket, folder, name, self->root);
	source.sink = self;
	*out = self;
	rc = delivery_start(&self->delivery, &source, folder, err);
	if (rc != RC_OK)
		s3_lines_stop(out, 0);
	return rc;
}

const struct delivery *
s3_lines_delivery(const struct s3_lines *lines)
{
	return lines->delivery;
}

void
s3_lines_stop(struct s3_lines **lines, int64_t within_ms)
{
	struct s3_lines *self = *lines;

	if (self == NULL)
		return;
	delivery_stop(&self->delivery, within_ms);
	outcomes_reader_close(&self->reader);
	s3_upload_close(&self->upload);
	s3_object_fini(&self->object);
	free(self->folder);
	free(self);
	*lines = NULL;
}
