/* Opening with what a checkpoint knows, against the memory of the journal that
 * was closed. Looks into the journal. */
#include <sys/wait.h>

#include "fixture.h"
#include "journal/commit.h"
#include "journal/segment.h"

#define SAVES 4

/* Nothing here is about what a disk keeps. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

struct save {
	uint64_t seq;
	struct buf state;
};

#define SOURCES 5
static const char *const sources[SOURCES] = {
    "primary", "dr", "", "kafka/s/topic/0", "kafka/s/topic/1"};

/* A log as it was made, with states saved on the way. */
struct log {
	struct fixture fixture;
	unsigned seed;
	struct save saves[SAVES];
	size_t nsaves;
	struct buf memory; /* at the close */
	uint64_t offset;   /* of a topic's next message */
};

static void
put_requests(const struct journal *journal, uint64_t from, struct buf *out)
{
	const struct request *request = journal->requests.oldest;

	for (; request != NULL; request = request->newer)
		if (request->seq >= from)
			buf_printf(out, "%.*s/%.*s %llu %lld\n",
			    SPAN_ARGS(request_source(request)),
			    SPAN_ARGS(request_id(request)),
			    (unsigned long long)request->seq,
			    (long long)request->arrival_ms);
}

static void
put_marks(const struct journal *journal, struct buf *out)
{
	for (size_t i = 0; i < SOURCES; i++) {
		int64_t next =
		    marks_next(&journal->marks, span_text(sources[i]));

		buf_printf(out, "%s %lld\n", sources[i], (long long)next);
	}
}

/* Everything that recovery has to find, request ids from an entry on. */
static void
put_memory(const struct journal *journal, uint64_t from, struct buf *out)
{
	const struct writer *writer = &journal->writer;
	bool empty = writer->last_seq < writer->first_seq;

	buf_clear(out);
	buf_printf(out, "next %llu clock %lld bytes %llu opened %llu %llx\n",
	    (unsigned long long)journal->next_seq, (long long)journal->last_ms,
	    (unsigned long long)journal->sealed_bytes,
	    (unsigned long long)journal->opened_first,
	    (unsigned long long)journal->opened_id);
	buf_printf(out, "writer %llu-%llu %llu bytes %lld %lld %lld\n",
	    (unsigned long long)writer->first_seq,
	    (unsigned long long)writer->last_seq,
	    (unsigned long long)writer->bytes, (long long)writer->made_ms,
	    empty ? 0LL : (long long)writer->first_ms,
	    empty ? 0LL : (long long)writer->last_ms);
	for (size_t i = 0; i < journal->nsealed; i++) {
		const struct sealed *row = &journal->sealed[i];

		buf_printf(out, "%llu-%llu %lld-%lld %llu bytes %llx\n",
		    (unsigned long long)row->first_seq,
		    (unsigned long long)row->last_seq, (long long)row->first_ms,
		    (long long)row->last_ms, (unsigned long long)row->bytes,
		    (unsigned long long)row->id);
	}
	put_requests(journal, from, out);
	put_marks(journal, out);
}

static enum rc
open_with(struct fixture *fixture, const struct save *save, struct err *err)
{
	const struct journal_resume resume = {
	    save->seq, buf_span(&save->state)};

	return journal_open(&fixture->journal, fixture->folder,
	    &fixture->config, &fixture->clock, &resume, err);
}

static void
take(struct log *log, uint64_t seq)
{
	struct save *save = &log->saves[log->nsaves++];

	save->seq = seq;
	journal_hold(log->fixture.journal);
	journal_save(log->fixture.journal, seq, &save->state);
	journal_release(log->fixture.journal);
}

/* Some entry: mostly a batch with an id that may have been there before. */
static void
add(struct log *log)
{
	int what = rand_r(&log->seed) % 8;
	unsigned which = (unsigned)rand_r(&log->seed) % SOURCES;
	const struct span records[] = {SPAN_OF("{\"some\":\"record\"}\n")};
	struct entry entry = {.kind = ENTRY_BATCH,
	    .source = span_text(sources[which]),
	    .records = records,
	    .nrecords = 1};
	struct err err;
	char id[64];

	if (which < 3)
		snprintf(id, sizeof(id), "id-%d", rand_r(&log->seed) % 60);
	else
		snprintf(id, sizeof(id), "%llu-%llu",
		    (unsigned long long)log->offset,
		    (unsigned long long)log->offset + 2);
	log->offset += 3;
	if (what == 0) {
		fixture_tick(&log->fixture);
		return;
	}
	if (what > 1)
		entry.request_id = span_text(id);
	ck_assert_int_eq(
	    journal_append_wait(log->fixture.journal, &entry, NULL, &err),
	    RC_OK);
}

/* A millisecond is five hours: ids grow old on the way. */
static void
make(struct log *log, unsigned seed, int entries)
{
	struct fixture *fixture = &log->fixture;

	*log = (struct log){.seed = seed};
	fixture_make(fixture);
	fixture->config.segment_size_bytes = 400;
	fixture->config.retain_ms = 3600 * 1000;
	fixture->clock.speed = 18000 * 1000;
	fixture_open(fixture);
	for (int i = 1; i <= entries; i++) {
		add(log);
		if (i % (entries / SAVES) == 0 && log->nsaves < SAVES)
			take(log,
			    journal_last(fixture->journal) -
				(uint64_t)rand_r(&log->seed) % 20);
	}
	fixture->clock.speed = 0; /* what is opened later shows no new time */
}

static void
close_log(struct log *log)
{
	put_memory(log->fixture.journal, 0, &log->memory);
	journal_close(&log->fixture.journal);
}

static void
unmake(struct log *log)
{
	for (size_t i = 0; i < log->nsaves; i++)
		buf_fini(&log->saves[i].state);
	buf_fini(&log->memory);
	fixture_fini(&log->fixture);
}

/* Each saved state leads to the memory that was there at the close. */
static void
resumes(struct log *log, uint64_t from)
{
	struct buf memory = {0};
	struct err err = {""};

	for (size_t i = 0; i < log->nsaves; i++) {
		if (log->saves[i].seq < from)
			continue;
		ck_assert_msg(
		    open_with(&log->fixture, &log->saves[i], &err) == RC_OK,
		    "%s", err.text);
		put_memory(log->fixture.journal, 0, &memory);
		ck_assert_str_eq(buf_cstr(&memory), buf_cstr(&log->memory));
		journal_close(&log->fixture.journal);
	}
	buf_fini(&memory);
}

START_TEST(it_is_the_same_as_reading_everything)
{
	struct buf memory = {0};
	struct log log;

	for (unsigned seed = 1; seed <= 12; seed++) {
		make(&log, seed, 150);
		close_log(&log);
		resumes(&log, 0);
		fixture_open(&log.fixture);
		put_memory(log.fixture.journal, 0, &memory);
		ck_assert_str_eq(buf_cstr(&memory), buf_cstr(&log.memory));
		unmake(&log);
	}
	buf_fini(&memory);
}
END_TEST

/* Waits for the clock of the journal. */
static void
all_is_old(const struct fixture *fixture)
{
	int64_t now_ms = journal_now_ms(fixture->journal);

	while (journal_now_ms(fixture->journal) <=
	    now_ms + fixture->config.retain_ms)
		;
}

/* The ids of trimmed entries are known from the state alone. */
START_TEST(also_when_the_beginning_was_trimmed)
{
	struct journal_segment first;
	struct buf memory = {0};
	struct err err = {""};
	struct log log;

	for (unsigned seed = 21; seed <= 28; seed++) {
		make(&log, seed, 150);
		all_is_old(&log.fixture);
		journal_trim(log.fixture.journal, log.saves[1].seq);
		ck_assert_int_eq(
		    journal_sealed(log.fixture.journal, 0, &first), RC_OK);
		ck_assert_uint_gt(first.first_seq, 1);
		close_log(&log);
		resumes(&log, log.saves[1].seq);
		/* Read as a whole it knows what is still there. */
		fixture_open(&log.fixture);
		put_memory(log.fixture.journal, 0, &memory);
		journal_close(&log.fixture.journal);
		ck_assert_msg(
		    open_with(&log.fixture, &log.saves[3], &err) == RC_OK, "%s",
		    err.text);
		put_memory(log.fixture.journal, first.first_seq, &log.memory);
		ck_assert_str_eq(buf_cstr(&memory), buf_cstr(&log.memory));
		unmake(&log);
	}
	buf_fini(&memory);
}
END_TEST

START_TEST(a_state_is_a_function_of_the_log)
{
	struct log log;
	struct buf live[6] = {0}, again = {0};
	struct err err;
	uint64_t last;

	make(&log, 5, 150);
	last = journal_last(log.fixture.journal);
	for (uint64_t i = 0; i < 6; i++)
		journal_save(log.fixture.journal, last - i * 20, &live[i]);
	close_log(&log);
	for (size_t open = 0; open < 2; open++) {
		if (open == 0)
			fixture_open(&log.fixture);
		else
			ck_assert_int_eq(
			    open_with(&log.fixture, &log.saves[0], &err),
			    RC_OK);
		for (uint64_t i = 0; i < 6; i++) {
			buf_clear(&again);
			journal_save(
			    log.fixture.journal, last - i * 20, &again);
			ck_assert(
			    span_equal(buf_span(&again), buf_span(&live[i])));
		}
		journal_close(&log.fixture.journal);
	}
	for (size_t i = 0; i < 6; i++)
		buf_fini(&live[i]);
	buf_fini(&again);
	unmake(&log);
}
END_TEST

/* What a child forked under the hold saves is what was there. */
START_TEST(a_forked_child_saves_what_was_held)
{
	struct buf mine = {0}, theirs = {0};
	struct told told[40] = {0};
	struct log log;
	char part[4096];
	int ends[2];
	ssize_t got;
	pid_t child;

	make(&log, 6, 60);
	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 20; i++)
		fixture_append(&log.fixture, "", "a", &told[i]);
	journal_hold(log.fixture.journal);
	child = fork();
	if (child == 0) {
		journal_save(log.fixture.journal, 60, &mine);
		_exit(
		    write(ends[1], mine.bytes, mine.len) != (ssize_t)mine.len);
	}
	journal_save(log.fixture.journal, 60, &mine);
	journal_release(log.fixture.journal);
	for (int i = 20; i < 40; i++)
		fixture_append(&log.fixture, "", "b", &told[i]);
	close(ends[1]);
	while ((got = read(ends[0], part, sizeof(part))) > 0)
		buf_put(&theirs, part, (size_t)got);
	close(ends[0]);
	waitpid(child, NULL, 0);
	for (int i = 0; i < 40; i++)
		sem_wait(&told[i].sem);
	ck_assert(span_equal(buf_span(&mine), buf_span(&theirs)));
	buf_fini(&mine);
	buf_fini(&theirs);
	unmake(&log);
}
END_TEST

/* RC_REJECT with the reason; without it the same folder opens. */
static void
rejects(struct fixture *fixture, const struct save *save, const char *why)
{
	struct err err = {""};
	enum rc rc = open_with(fixture, save, &err);

	ck_assert_ptr_null(fixture->journal);
	ck_assert_int_eq(rc, RC_REJECT);
	ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
	fixture_open(fixture);
	journal_close(&fixture->journal);
}

START_TEST(a_state_of_another_log_is_refused)
{
	struct log log, other;

	make(&log, 7, 80);
	make(&other, 8, 80);
	close_log(&log);
	close_log(&other);
	for (size_t i = 0; i < SAVES; i++)
		rejects(
		    &log.fixture, &other.saves[i], "does not fit the journal");
	unmake(&log);
	unmake(&other);
}
END_TEST

START_TEST(a_state_past_the_end_is_refused_and_changes_nothing)
{
	struct fixture fixture;
	struct save save = {0};
	struct buf bytes = {0};
	struct err err;
	const char *path;

	fixture_init(&fixture);
	for (int i = 0; i < 5; i++)
		fixture_batch(&fixture, "", "a");
	save.seq = 5;
	journal_save(fixture.journal, 5, &save.state);
	journal_close(&fixture.journal);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &bytes);
	fixture_write(path, bytes.bytes, bytes.len - 1);
	ck_assert_int_eq(open_with(&fixture, &save, &err), RC_REJECT);
	ck_assert_msg(
	    strstr(err.text, "entry 4, before 5") != NULL, "%s", err.text);
	ck_assert_uint_eq(fixture_size(path), bytes.len - 1);
	rejects(&fixture, &save, "entry 4, before 5");
	ck_assert_uint_lt(fixture_size(path), bytes.len - 1);
	/* Nothing is left at all. */
	unlink(path);
	rejects(&fixture, &save, "is not there");
	save.seq = 4;
	rejects(&fixture, &save, "of another entry");
	buf_fini(&bytes);
	buf_fini(&save.state);
	fixture_fini(&fixture);
}
END_TEST

/* The bytes have a checksum around them; still no bit of them may do harm. */
START_TEST(no_bit_of_a_state_does_harm)
{
	struct fixture fixture;
	struct save save = {0};
	char id[16];

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof(id), "id-%d", i);
		fixture_batch(&fixture, id, "a");
		if (i % 3 == 2)
			save.seq = fixture_tick(&fixture);
	}
	journal_save(fixture.journal, save.seq, &save.state);
	journal_close(&fixture.journal);
	log_setup(LOG_ERROR, false);
	for (size_t bit = 0; bit < save.state.len * 8; bit++) {
		struct err err = {""};
		enum rc rc;

		save.state.bytes[bit / 8] ^= (char)(1 << bit % 8);
		rc = open_with(&fixture, &save, &err);
		ck_assert_msg(rc == RC_OK || rc == RC_REJECT, "%s", err.text);
		journal_close(&fixture.journal);
		save.state.bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t len = 0; len < save.state.len; len++) {
		const struct save cut = {
		    save.seq, {save.state.bytes, len, 0, false}};

		ck_assert_int_ne(
		    open_with(&fixture, &cut, &(struct err){""}), RC_FATAL);
		journal_close(&fixture.journal);
	}
	buf_fini(&save.state);
	fixture_fini(&fixture);
}
END_TEST

/* 1=a 2. | 3=b 4. | 5=c, saved as of 4. */
static void
make_three(struct fixture *fixture, struct save *save)
{
	fixture_make(fixture);
	fixture->config.segment_size_bytes = 1;
	fixture_open(fixture);
	fixture_batch(fixture, "one", "a");
	fixture_tick(fixture);
	fixture_batch(fixture, "two", "b");
	save->seq = fixture_tick(fixture);
	fixture_batch(fixture, "three", "c");
	journal_save(fixture->journal, save->seq, &save->state);
	journal_close(&fixture->journal);
}

static void
opens(struct fixture *fixture, const struct save *save)
{
	struct err err = {""};

	ck_assert_msg(open_with(fixture, save, &err) == RC_OK, "%s", err.text);
}

START_TEST(what_is_known_is_not_read)
{
	int64_t count = fixture_stat(JOURNAL_QUARANTINED);
	struct fixture fixture;
	struct save save = {0};
	struct buf bytes = {0};
	const char *path;

	make_three(&fixture, &save);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &bytes);
	bytes.bytes[SEGMENT_FIXED + 30] ^= 1;
	fixture_write(path, bytes.bytes, bytes.len);
	opens(&fixture, &save);
	ck_assert_int_eq(fixture_stat(JOURNAL_QUARANTINED), count);
	ck_assert_uint_eq(fixture_batch(&fixture, "one", "a"), 1);
	ck_assert_uint_eq(fixture_batch(&fixture, "three", "c"), 5);
	journal_close(&fixture.journal);
	/* Of another length it is, and what is wrong with it is said. */
	fixture_write(path, bytes.bytes, bytes.len - 1);
	opens(&fixture, &save);
	ck_assert_int_gt(fixture_stat(JOURNAL_QUARANTINED), count);
	ck_assert_uint_eq(fixture_batch(&fixture, "one", "a"), 1);
	buf_fini(&bytes);
	buf_fini(&save.state);
	fixture_fini(&fixture);
}
END_TEST

/* The segment of the entry may be gone when the log goes on just behind. */
START_TEST(the_log_may_begin_behind_the_entry)
{
	struct fixture fixture;
	struct save save = {0};

	make_three(&fixture, &save);
	unlink(fixture_segment(&fixture, 1));
	unlink(fixture_segment(&fixture, 3));
	opens(&fixture, &save);
	ck_assert_uint_eq(fixture_batch(&fixture, "two", "b"), 3);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "d"), 6);
	journal_close(&fixture.journal);
	unlink(fixture_segment(&fixture, 5));
	rejects(&fixture, &save, "is not there");
	buf_fini(&save.state);
	fixture_fini(&fixture);
}
END_TEST

/* A sealed segment is never written again, even when what follows is lost. */
START_TEST(a_known_segment_stays_sealed)
{
	struct journal_segment sealed;
	struct fixture fixture;
	struct save save = {0};
	size_t size;

	make_three(&fixture, &save);
	size = fixture_size(fixture_segment(&fixture, 3));
	fixture_write(fixture_segment(&fixture, 5), "", 0);
	opens(&fixture, &save);
	ck_assert_int_eq(journal_sealed(fixture.journal, 1, &sealed), RC_OK);
	ck_assert_uint_eq(sealed.last_seq, 4);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "d"), 5);
	journal_close(&fixture.journal);
	/* Nor does time go back, when only the state knows it. */
	unlink(fixture_segment(&fixture, 5));
	fixture.clock.start_ms -= 5000;
	opens(&fixture, &save);
	ck_assert_int_eq(journal_now_ms(fixture.journal), FIXTURE_START_MS);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "e"), 5);
	ck_assert_uint_eq(fixture_size(fixture_segment(&fixture, 3)), size);
	fixture_says(fixture.folder, 0, "1=a 2. 3=b 4. 5=e");
	buf_fini(&save.state);
	fixture_fini(&fixture);
}
END_TEST

/* An id that had grown too old when the state was saved stays forgotten, also
 * when its entry is read again because the segment goes on. */
START_TEST(what_was_forgotten_stays_so)
{
	struct fixture fixture;
	struct save save = {0};

	fixture_init(&fixture);
	fixture_batch(&fixture, "old", "a");
	fixture.clock.start_ms += LIMIT_REQUEST_ID_MS + 1;
	fixture_reopen(&fixture);
	save.seq = fixture_batch(&fixture, "new", "b");
	journal_save(fixture.journal, save.seq, &save.state);
	journal_close(&fixture.journal);
	opens(&fixture, &save);
	ck_assert_uint_eq(fixture_batch(&fixture, "new", "b"), 2);
	ck_assert_uint_eq(fixture_batch(&fixture, "old", "a"), 3);
	buf_fini(&save.state);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("resume", what_was_forgotten_stays_so,
    it_is_the_same_as_reading_everything, also_when_the_beginning_was_trimmed,
    a_state_is_a_function_of_the_log, a_forked_child_saves_what_was_held,
    a_state_of_another_log_is_refused,
    a_state_past_the_end_is_refused_and_changes_nothing,
    no_bit_of_a_state_does_harm, what_is_known_is_not_read,
    the_log_may_begin_behind_the_entry, a_known_segment_stays_sealed)
