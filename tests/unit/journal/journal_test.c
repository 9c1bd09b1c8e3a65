#include <pthread.h>
#include <zstd.h>

#include "fixture.h"

START_TEST(entries_come_back_as_they_went_in)
{
	static char zeros[300000];
	const struct span records[] = {SPAN_OF("{\"a\":1}\n"),
	    SPAN_OF("{\"b\":22}\n"), SPAN_OF(""), {zeros, sizeof(zeros)},
	    SPAN_OF("\x0a\x01x")};
	const struct entry in[] = {
	    {.kind = ENTRY_CONFIG, .config = SPAN_OF("{\"alarms\":[]}")},
	    {.kind = ENTRY_BATCH,
		.source = SPAN_OF("primary"),
		.request_id = SPAN_OF("5a3c"),
		.records = records,
		.nrecords = 5},
	    {.kind = ENTRY_TICK}, {.kind = ENTRY_BATCH},
	    {.kind = ENTRY_CONFIG, .config = {zeros, sizeof(zeros)}}};
	struct fixture fixture;
	struct reader *reader;
	struct entry out;
	struct err err;
	uint64_t seq;

	fixture_init(&fixture);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(
		    journal_append_wait(fixture.journal, &in[i], &seq, &err),
		    RC_OK);
		ck_assert_uint_eq(seq, i + 1);
	}
	reader = fixture_reader(fixture.folder, 0);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(reader_next(reader, &out, &err), RC_OK);
		ck_assert_uint_eq(out.seq, i + 1);
		ck_assert_int_eq(out.arrival_ms, FIXTURE_START_MS);
		ck_assert_int_eq(out.kind, in[i].kind);
		ck_assert(span_equal(out.source, in[i].source));
		ck_assert(span_equal(out.request_id, in[i].request_id));
		ck_assert(span_equal(out.config, in[i].config));
		ck_assert_uint_eq(out.nrecords, in[i].nrecords);
		for (size_t r = 0; r < out.nrecords; r++)
			ck_assert(span_equal(out.records[r], records[r]));
	}
	ck_assert_int_eq(reader_next(reader, &out, &err), RC_AGAIN);
	reader_close(&reader);
	fixture_fini(&fixture);
}
END_TEST

/* What any zstd tool makes of a file. */
static void
unzstd(const struct buf *file, struct buf *out)
{
	ZSTD_DStream *zstd = ZSTD_createDStream();
	ZSTD_inBuffer in = {file->bytes, file->len, 0};
	size_t left = 0;

	buf_clear(out);
	while (in.pos < in.size) {
		char part[1000];
		ZSTD_outBuffer to = {part, sizeof(part), 0};

		left = ZSTD_decompressStream(zstd, &to, &in);
		ck_assert_msg(
		    !ZSTD_isError(left), "%s", ZSTD_getErrorName(left));
		buf_put(out, part, to.pos);
	}
	ck_assert_uint_eq(left, 0);
	ZSTD_freeDStream(zstd);
}

START_TEST(zstd_sees_the_records_and_nothing_else)
{
	struct fixture fixture;
	struct buf want = {0}, file = {0}, got = {0};
	const struct entry config = {
	    .kind = ENTRY_CONFIG, .config = SPAN_OF("{\"secret\":1}")};
	struct err err;

	fixture_init(&fixture);
	for (int i = 0; i < 40; i++) {
		struct buf record = {0};

		/* Past the size of a chunk, and not of one byte. */
		for (int n = 0; n < 1 << (i % 20); n++)
			buf_printf(&record, "{\"n\":%d}\n", n * i);
		fixture_batch(&fixture, "", buf_cstr(&record));
		buf_span_put(&want, buf_span(&record));
		buf_fini(&record);
		fixture_tick(&fixture);
		ck_assert_int_eq(
		    journal_append_wait(fixture.journal, &config, NULL, &err),
		    RC_OK);
	}
	fixture_read(fixture_segment(&fixture, 1), &file);
	unzstd(&file, &got);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert(span_equal(buf_span(&got), buf_span(&want)));
	buf_fini(&want);
	buf_fini(&file);
	buf_fini(&got);
	fixture_fini(&fixture);
}
END_TEST

#define GROUP 50

START_TEST(what_waits_is_committed_together)
{
	struct fixture fixture;
	struct told first = {0}, told[GROUP] = {0};
	int64_t commits, entries;
	bool seen[GROUP] = {false};
	sem_t hold;

	fixture_init(&fixture);
	commits = fixture_stat(JOURNAL_COMMITS);
	entries = fixture_stat(JOURNAL_ENTRIES);
	fixture_hold(&fixture, &first, &hold);
	for (int i = 0; i < GROUP; i++)
		fixture_append(&fixture, "", "{}\n", &told[i]);
	sem_post(&hold);
	for (int i = 0; i < GROUP; i++) {
		sem_wait(&told[i].sem);
		ck_assert_int_eq(told[i].rc, RC_OK);
		ck_assert(!told[i].repeat);
		ck_assert_uint_ge(told[i].seq, 2);
		ck_assert_uint_lt(told[i].seq, 2 + GROUP);
		ck_assert(!seen[told[i].seq - 2]);
		seen[told[i].seq - 2] = true;
	}
	ck_assert_int_eq(fixture_stat(JOURNAL_ENTRIES) - entries, 1 + GROUP);
	ck_assert_int_eq(fixture_stat(JOURNAL_COMMITS) - commits, 2);
	ck_assert_uint_eq(journal_last(fixture.journal), 1 + GROUP);
	fixture_fini(&fixture);
}
END_TEST

static void *
append_many(void *cookie)
{
	struct fixture *fixture = cookie;
	char id[64];

	/* Every thread sends the same ids: one of them adds, all are told. */
	for (int i = 0; i < 200; i++) {
		snprintf(id, sizeof(id), "id-%d", i);
		fixture_batch(fixture, id, id);
		fixture_batch(fixture, "", "x");
	}
	return NULL;
}

START_TEST(threads_may_append_at_will)
{
	struct fixture fixture;
	pthread_t threads[4];
	struct reader *reader;
	struct entry entry;
	struct err err;
	int named = 0, others = 0;

	fixture_init(&fixture);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, append_many, &fixture);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	reader = fixture_reader(fixture.folder, 0);
	while (reader_next(reader, &entry, &err) == RC_OK)
		if (entry.request_id.len > 0)
			named++;
		else
			others++;
	reader_close(&reader);
	ck_assert_int_eq(named, 200);
	ck_assert_int_eq(others, 800);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_repeat_adds_nothing)
{
	struct fixture fixture;
	const struct entry elsewhere = {.kind = ENTRY_BATCH,
	    .source = SPAN_OF("dr"),
	    .request_id = SPAN_OF("one")};
	struct told told = {0};
	struct err err;
	uint64_t seq;

	fixture_init(&fixture);
	ck_assert_uint_eq(fixture_batch(&fixture, "one", "a"), 1);
	ck_assert_uint_eq(fixture_batch(&fixture, "two", "b"), 2);
	for (int life = 0; life < 3; life++) {
		fixture_append(&fixture, "one", "a", &told);
		sem_wait(&told.sem);
		ck_assert_int_eq(told.rc, RC_OK);
		ck_assert(told.repeat);
		ck_assert_uint_eq(told.seq, 1);
		ck_assert_uint_eq(fixture_batch(&fixture, "two", "b"), 2);
		ck_assert_uint_eq(journal_last(fixture.journal), 2);
		fixture_reopen(&fixture);
	}
	ck_assert_int_eq(
	    journal_append_wait(fixture.journal, &elsewhere, &seq, &err),
	    RC_OK);
	ck_assert_uint_eq(seq, 3);
	fixture_fini(&fixture);
}
END_TEST

/* A batch of this log that a replica sent back; also after a restart, where
 * those of others that were known by another way are repeats too. */
START_TEST(what_comes_home_adds_nothing)
{
	static const struct {
		const char *source, *id;
		uint64_t seq;
	} rows[] = {{"a", "tocsin-0123456789abcdef-1-5", 1},
	    {"b", "tocsin-0123456789abcdef-2-5-1", 2},
	    {"a", "tocsin-0123456789abcdef-3-5", 3}, /* not there yet: kept */
	    {"a", "tocsin-0123456789abcdef-9-5", 4},
	    {"b", "tocsin-0123456789abcdef-9-5", 4},
	    {"a", "tocsin-00000000000000ff-1-5", 5},
	    {"b", "tocsin-00000000000000ff-1-5", 5}, {"b", "x", 6}};
	int64_t returned = counter_get(&journal_stats[JOURNAL_RETURNED]);
	struct fixture fixture;
	struct span record = SPAN_OF("x\n");
	struct err err = {""};

	fixture_init(&fixture);
	for (size_t i = 0; i < 2; i++) {
		struct entry tick = {.kind = ENTRY_TICK};

		ck_assert(journal_append_wait(
			      fixture.journal, &tick, NULL, &err) == RC_OK);
	}
	for (int life = 0; life < 2; life++) {
		journal_set_origin(fixture.journal, "0123456789abcdef");
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			const struct entry batch = {.kind = ENTRY_BATCH,
			    .source = span_text(rows[i].source),
			    .request_id = span_text(rows[i].id),
			    .records = &record,
			    .nrecords = 1};
			uint64_t seq = 0;

			ck_assert(journal_append_wait(fixture.journal, &batch,
				      &seq, &err) == RC_OK);
			ck_assert_uint_eq(seq, rows[i].seq);
		}
		ck_assert_uint_eq(journal_last(fixture.journal), 6);
		fixture_reopen(&fixture);
	}
	/* The third is its own entry the second time; the fourth never was. */
	ck_assert_int_eq(
	    counter_get(&journal_stats[JOURNAL_RETURNED]) - returned, 5);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_repeat_in_flight_is_answered_with_the_first)
{
	struct fixture fixture;
	struct told first = {0}, told[3] = {0};
	int64_t repeats = fixture_stat(JOURNAL_REPEATS);
	sem_t hold;

	fixture_init(&fixture);
	fixture_hold(&fixture, &first, &hold);
	for (int i = 0; i < 3; i++)
		fixture_append(&fixture, "same", "a", &told[i]);
	for (int i = 0; i < 3; i++)
		ck_assert_int_ne(sem_trywait(&told[i].sem), 0);
	sem_post(&hold);
	for (int i = 0; i < 3; i++) {
		sem_wait(&told[i].sem);
		ck_assert_int_eq(told[i].rc, RC_OK);
		ck_assert_uint_eq(told[i].seq, 2);
		ck_assert(told[i].repeat == (i > 0));
	}
	ck_assert_uint_eq(journal_last(fixture.journal), 2);
	ck_assert_int_eq(fixture_stat(JOURNAL_REPEATS) - repeats, 2);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_second_opener_is_refused)
{
	struct fixture fixture;
	struct journal *second = NULL;
	struct err err;
	char pid[32];

	fixture_init(&fixture);
	ck_assert_int_eq(journal_open(&second, fixture.folder, &fixture.config,
			     &fixture.clock, NULL, &err),
	    RC_FATAL);
	ck_assert_ptr_null(second);
	snprintf(pid, sizeof(pid), "process %ld writes it", (long)getpid());
	ck_assert_msg(strstr(err.text, pid) != NULL, "%s", err.text);
	fixture_batch(&fixture, "", "a");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_segment_closes_at_a_tick_only)
{
	struct fixture fixture;
	struct journal_segment sealed;

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 300;
	fixture_open(&fixture);
	fixture_tick(&fixture);
	for (int i = 0; i < 10; i++)
		fixture_batch(&fixture, "", "a");
	ck_assert(!fixture_exists(fixture_segment(&fixture, 12)));
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_AGAIN);
	ck_assert_uint_eq(fixture_tick(&fixture), 12);
	ck_assert_uint_eq(fixture_batch(&fixture, "", "b"), 13);
	for (int life = 0; life < 2; life++) {
		ck_assert_int_eq(
		    journal_sealed(fixture.journal, 0, &sealed), RC_OK);
		ck_assert_str_eq(sealed.path, fixture_segment(&fixture, 1));
		ck_assert_uint_eq(sealed.first_seq, 1);
		ck_assert_uint_eq(sealed.last_seq, 12);
		ck_assert_int_eq(sealed.first_ms, FIXTURE_START_MS);
		ck_assert_int_eq(sealed.last_ms, FIXTURE_START_MS);
		ck_assert_uint_eq(sealed.bytes, fixture_size(sealed.path));
		ck_assert_int_eq(
		    journal_sealed(fixture.journal, 1, &sealed), RC_AGAIN);
		fixture_reopen(&fixture);
	}
	fixture_says(fixture.folder, 11, "11=a 12. 13=b");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(what_waits_behind_the_tick_goes_to_the_next_segment)
{
	const struct entry tick = {.kind = ENTRY_TICK};
	struct fixture fixture;
	struct journal_segment sealed;
	struct told first = {0}, told[3] = {0};
	sem_t hold;

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	fixture_hold(&fixture, &first, &hold);
	fixture_append(&fixture, "", "a", &told[0]);
	sem_init(&told[1].sem, 0, 0);
	journal_append(fixture.journal, &tick, fixture_told, &told[1]);
	fixture_append(&fixture, "", "b", &told[2]);
	sem_post(&hold);
	for (int i = 0; i < 3; i++) {
		sem_wait(&told[i].sem);
		ck_assert_uint_eq(told[i].seq, (uint64_t)i + 2);
	}
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_OK);
	ck_assert_uint_eq(sealed.last_seq, 3);
	fixture_says(fixture_segment(&fixture, 1), 0, "1=hold 2=a 3.");
	fixture_says(fixture_segment(&fixture, 4), 0, "4=b");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_segment_closes_by_age)
{
	struct fixture fixture;
	struct journal_segment sealed;

	fixture_make(&fixture);
	fixture.config.segment_age_ms = 60 * 1000;
	fixture.clock.speed = 0;
	fixture_open(&fixture);
	fixture_batch(&fixture, "", "a");
	fixture_tick(&fixture);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_AGAIN);
	fixture.clock.start_ms += 60 * 1000 - 1;
	fixture_reopen(&fixture);
	fixture_tick(&fixture);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_AGAIN);
	fixture.clock.start_ms += 1;
	fixture_reopen(&fixture);
	fixture_tick(&fixture);
	ck_assert_int_eq(journal_sealed(fixture.journal, 0, &sealed), RC_OK);
	ck_assert_uint_eq(sealed.last_seq, 4);
	ck_assert_int_eq(sealed.last_ms, FIXTURE_START_MS + 60 * 1000);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(arrival_never_goes_back)
{
	struct fixture fixture;
	struct reader *reader;
	struct entry entry;
	struct err err;

	fixture_init(&fixture);
	fixture_batch(&fixture, "", "a");
	fixture.clock.start_ms -= 5000;
	fixture_reopen(&fixture);
	ck_assert_int_eq(journal_now_ms(fixture.journal), FIXTURE_START_MS);
	fixture_batch(&fixture, "", "b");
	reader = fixture_reader(fixture.folder, 2);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_OK);
	ck_assert_int_eq(entry.arrival_ms, FIXTURE_START_MS);
	reader_close(&reader);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(too_much_is_rejected)
{
	static char huge[LIMIT_REQUEST_ID + 2];
	const struct span *many =
	    calloc(LIMIT_ENTRY_RECORDS + 1, sizeof(*many));
	const struct span long_record = {huge, LIMIT_ENTRY_BYTES + 1};
	const struct entry rows[] = {
	    {.kind = ENTRY_BATCH, .request_id = {huge, LIMIT_REQUEST_ID + 1}},
	    {.kind = ENTRY_BATCH, .source = {huge, LIMIT_NAME + 1}},
	    {.kind = ENTRY_BATCH,
		.records = many,
		.nrecords = LIMIT_ENTRY_RECORDS + 1},
	    /* Refused by its length alone: the bytes are not there. */
	    {.kind = ENTRY_BATCH, .records = &long_record, .nrecords = 1}};
	const struct entry most = {.kind = ENTRY_BATCH,
	    .request_id = {huge, LIMIT_REQUEST_ID},
	    .source = {huge, LIMIT_NAME},
	    .records = many,
	    .nrecords = LIMIT_ENTRY_RECORDS};
	int64_t refused = fixture_stat(JOURNAL_REFUSED_BAD);
	struct fixture fixture;
	struct reader *reader;
	struct entry entry;
	struct err err;

	fixture_init(&fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_int_eq(
		    journal_append_wait(fixture.journal, &rows[i], NULL, &err),
		    RC_REJECT);
	ck_assert_int_eq(fixture_stat(JOURNAL_REFUSED_BAD) - refused, 4);
	ck_assert_int_eq(
	    journal_append_wait(fixture.journal, &most, NULL, &err), RC_OK);
	reader = fixture_reader(fixture.folder, 0);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_OK);
	ck_assert_uint_eq(entry.nrecords, LIMIT_ENTRY_RECORDS);
	reader_close(&reader);
	free((void *)many);
	fixture_fini(&fixture);
}
END_TEST

static void *
wait_for_second(void *cookie)
{
	struct fixture *fixture = cookie;

	return journal_wait(fixture->journal, 1, 60 * 1000) == RC_OK ? cookie
								     : NULL;
}

START_TEST(those_who_wait_are_woken)
{
	struct fixture fixture;
	pthread_t thread;
	void *woken;

	fixture_init(&fixture);
	ck_assert_int_eq(journal_wait(fixture.journal, 0, 1), RC_AGAIN);
	fixture_batch(&fixture, "", "a");
	ck_assert_int_eq(journal_wait(fixture.journal, 0, 1000), RC_OK);
	pthread_create(&thread, NULL, wait_for_second, &fixture);
	fixture_batch(&fixture, "", "b");
	pthread_join(thread, &woken);
	ck_assert_ptr_nonnull(woken);
	pthread_create(&thread, NULL, wait_for_second, &fixture);
	pthread_join(thread, &woken);
	journal_wake_all(fixture.journal);
	ck_assert_int_eq(journal_wait(fixture.journal, 2, 60 * 1000), RC_AGAIN);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(close_commits_what_waits)
{
	struct fixture fixture;
	struct told first = {0}, told[3] = {0};
	sem_t hold;

	fixture_init(&fixture);
	fixture_hold(&fixture, &first, &hold);
	for (int i = 0; i < 3; i++)
		fixture_append(&fixture, "", "a", &told[i]);
	sem_post(&hold);
	journal_close(&fixture.journal);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(told[i].rc, RC_OK);
	fixture_says(fixture.folder, 0, "1=hold 2=a 3=a 4=a");
	fixture_fini(&fixture);
}
END_TEST

static void *
close_journal(void *cookie)
{
	struct fixture *fixture = cookie;
	struct journal *journal = fixture->journal;

	journal_close(&journal);
	return NULL;
}

START_TEST(while_it_closes_it_refuses)
{
	struct fixture fixture;
	struct told first = {0}, late = {0};
	pthread_t thread;
	sem_t hold;

	fixture_init(&fixture);
	fixture_hold(&fixture, &first, &hold);
	pthread_create(&thread, NULL, close_journal, &fixture);
	/* Closing wakes those who wait, and then waits for the committer. */
	ck_assert_int_eq(journal_wait(fixture.journal, 1, 60 * 1000), RC_AGAIN);
	fixture_append(&fixture, "", "late", &late);
	ck_assert_int_eq(sem_trywait(&late.sem), 0);
	ck_assert_int_eq(late.rc, RC_RETRY);
	sem_post(&hold);
	pthread_join(thread, NULL);
	fixture.journal = NULL;
	fixture_says(fixture.folder, 0, "1=hold");
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("journal", what_waits_behind_the_tick_goes_to_the_next_segment,
    while_it_closes_it_refuses, entries_come_back_as_they_went_in,
    zstd_sees_the_records_and_nothing_else, what_waits_is_committed_together,
    threads_may_append_at_will, a_repeat_adds_nothing,
    what_comes_home_adds_nothing, a_repeat_in_flight_is_answered_with_the_first,
    a_second_opener_is_refused, a_segment_closes_at_a_tick_only,
    a_segment_closes_by_age, arrival_never_goes_back, too_much_is_rejected,
    those_who_wait_are_woken, close_commits_what_waits)
