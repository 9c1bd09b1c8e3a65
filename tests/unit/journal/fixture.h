/* Journals in folders of their own, for the tests beside it. */
#ifndef TESTS_UNIT_JOURNAL_FIXTURE_H
#define TESTS_UNIT_JOURNAL_FIXTURE_H

#include <dirent.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/folder.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "testing.h"

#define FIXTURE_START_MS 1700000000000LL

struct fixture {
	char folder[64];
	struct journal_config config;
	struct journal_clock clock;
	struct journal *journal;
};

static inline void
fixture_open(struct fixture *fixture)
{
	struct err err = {""};
	enum rc rc = journal_open(&fixture->journal, fixture->folder,
	    &fixture->config, &fixture->clock, NULL, &err);

	ck_assert_msg(rc == RC_OK, "%s", err.text);
}

/* A folder, not yet a journal in it. The clock stands at the start. */
static inline void
fixture_make(struct fixture *fixture)
{
	log_setup(LOG_ERROR, false);
	*fixture = (struct fixture){.folder = "/tmp/tocsin-journal-XXXXXX",
	    .config = {64 * MIB, 3600 * 1000, 0, 20 * GIB},
	    .clock = {FIXTURE_START_MS, 0}};
	ck_assert_ptr_nonnull(mkdtemp(fixture->folder));
}

static inline void
fixture_init(struct fixture *fixture)
{
	fixture_make(fixture);
	fixture_open(fixture);
}

static inline void
fixture_reopen(struct fixture *fixture)
{
	journal_close(&fixture->journal);
	fixture_open(fixture);
}

/* Removes the files whose names contain `what`. */
static inline void
fixture_empty(const struct fixture *fixture, const char *what)
{
	DIR *dir = opendir(fixture->folder);
	const struct dirent *item;
	char path[512];

	ck_assert_ptr_nonnull(dir);
	while ((item = readdir(dir)) != NULL) {
		if (item->d_name[0] == '.' ||
		    strstr(item->d_name, what) == NULL)
			continue;
		snprintf(
		    path, sizeof(path), "%s/%s", fixture->folder, item->d_name);
		unlink(path);
	}
	closedir(dir);
}

static inline void
fixture_fini(struct fixture *fixture)
{
	journal_close(&fixture->journal);
	fixture_empty(fixture, "");
	ck_assert_int_eq(rmdir(fixture->folder), 0);
}

/* The path of a segment; good until the next call. */
static inline const char *
fixture_segment(const struct fixture *fixture, uint64_t first_seq)
{
	static char path[FOLDER_PATH_SIZE];

	folder_path(path, fixture->folder, first_seq);
	return path;
}

static inline bool
fixture_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static inline void
fixture_read(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	char part[4096];
	size_t got;

	ck_assert_msg(file != NULL, "%s", path);
	buf_clear(out);
	while ((got = fread(part, 1, sizeof(part), file)) > 0)
		buf_put(out, part, got);
	fclose(file);
}

static inline void
fixture_write(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");

	ck_assert_msg(file != NULL, "%s", path);
	ck_assert(len == 0 || fwrite(bytes, 1, len, file) == len);
	ck_assert_int_eq(fclose(file), 0);
}

static inline size_t
fixture_size(const char *path)
{
	struct buf bytes = {0};
	size_t len;

	fixture_read(path, &bytes);
	len = bytes.len;
	buf_fini(&bytes);
	return len;
}

/* A batch of one record. "" for no request id. */
static inline enum rc
fixture_try(
    struct fixture *fixture, const char *id, const char *record, uint64_t *seq)
{
	const struct span records[] = {span_text(record)};
	const struct entry entry = {.kind = ENTRY_BATCH,
	    .source = span_text("primary"),
	    .request_id = span_text(id),
	    .records = records,
	    .nrecords = 1};
	struct err err = {""};

	return journal_append_wait(fixture->journal, &entry, seq, &err);
}

static inline uint64_t
fixture_batch(struct fixture *fixture, const char *id, const char *record)
{
	uint64_t seq = 0;

	ck_assert_int_eq(fixture_try(fixture, id, record, &seq), RC_OK);
	return seq;
}

static inline uint64_t
fixture_tick(struct fixture *fixture)
{
	const struct entry entry = {.kind = ENTRY_TICK};
	struct err err = {""};
	uint64_t seq = 0;
	enum rc rc = journal_append_wait(fixture->journal, &entry, &seq, &err);

	ck_assert_msg(rc == RC_OK, "%s", err.text);
	return seq;
}

static inline struct reader *
fixture_reader(const char *path, uint64_t from)
{
	struct reader *reader;
	struct err err = {""};

	ck_assert_msg(
	    reader_open(&reader, path, from, &err) == RC_OK, "%s", err.text);
	return reader;
}

/*
 * What a reader says until RC_AGAIN, as text: "1=a 2=b 3. ! 5{x}" is batches
 * of one record, a tick, damage (? when torn), a config.
 */
static inline void
fixture_print(struct reader *reader, struct buf *out)
{
	struct entry entry;
	struct err err = {""};
	enum rc rc;

	buf_clear(out);
	while ((rc = reader_next(reader, &entry, &err)) != RC_AGAIN) {
		ck_assert_msg(rc == RC_OK || rc == RC_REJECT, "%s", err.text);
		if (out->len > 0)
			buf_byte(out, ' ');
		if (rc == RC_REJECT)
			buf_text(out, reader_damage(reader)->torn ? "?" : "!");
		else if (entry.kind == ENTRY_TICK)
			buf_printf(out, "%d.", (int)entry.seq);
		else if (entry.kind == ENTRY_CONFIG)
			buf_printf(out, "%d{%.*s}", (int)entry.seq,
			    SPAN_ARGS(entry.config));
		else
			buf_printf(out, "%d=%.*s", (int)entry.seq,
			    SPAN_ARGS(entry.records[0]));
	}
}

#define fixture_says(path, from, text)                                         \
	do {                                                                   \
		struct reader *says_reader = fixture_reader(path, from);       \
		struct buf says = {0};                                         \
                                                                               \
		fixture_print(says_reader, &says);                             \
		ck_assert_str_eq(buf_cstr(&says), text);                       \
		buf_fini(&says);                                               \
		reader_close(&says_reader);                                    \
	} while (0)

/* An append that is told of later. */
struct told {
	sem_t sem;
	sem_t *hold; /* blocks the committer until posted */
	enum rc rc;
	uint64_t seq;
	bool repeat;
};

static inline void
fixture_told(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err)
{
	struct told *told = cookie;

	(void)err;
	told->rc = rc;
	told->seq = seq;
	told->repeat = repeat;
	sem_post(&told->sem);
	if (told->hold != NULL)
		sem_wait(told->hold);
}

static inline void
fixture_append(struct fixture *fixture, const char *id, const char *record,
    struct told *told)
{
	const struct span records[] = {span_text(record)};
	const struct entry entry = {.kind = ENTRY_BATCH,
	    .source = span_text("primary"),
	    .request_id = span_text(id),
	    .records = records,
	    .nrecords = 1};

	sem_init(&told->sem, 0, 0);
	journal_append(fixture->journal, &entry, fixture_told, told);
}

/* Keeps the committer in a callback, so that what follows waits together. */
static inline void
fixture_hold(struct fixture *fixture, struct told *told, sem_t *hold)
{
	sem_init(hold, 0, 0);
	told->hold = hold;
	fixture_append(fixture, "", "hold", told);
	sem_wait(&told->sem);
}

static inline int64_t
fixture_stat(int row)
{
	return counter_get(&journal_stats[row]);
}

#endif
