/* Every bit of a segment flipped, every length of it: nothing false is served,
 * and nothing beside the place is lost. */
#include <fcntl.h>

#include "fixture.h"
#include "journal/segment.h"

#define FRAMES 6

/* 0 the head, then 1{config} 2=... 3. 4=... 5=end */
struct story {
	struct fixture fixture;
	struct buf bytes;
	size_t ends[FRAMES]; /* of each frame, the head's first */
	char path[FOLDER_PATH_SIZE];
};

static const char *const story_says[FRAMES] = {
    "", "1{{\"alarms\":[]}}", "2={\"a\":1}", "3.", "4=aaaa", "5=end"};

static void
story_ends(struct story *story, size_t frame)
{
	story->ends[frame] = fixture_size(story->path);
}

static void
make(struct story *story)
{
	const struct entry config = {
	    .kind = ENTRY_CONFIG, .config = SPAN_OF("{\"alarms\":[]}")};
	struct err err;

	*story = (struct story){0};
	fixture_init(&story->fixture);
	folder_path(story->path, story->fixture.folder, 1);
	story->ends[0] = SEGMENT_FIXED;
	ck_assert_int_eq(
	    journal_append_wait(story->fixture.journal, &config, NULL, &err),
	    RC_OK);
	story_ends(story, 1);
	fixture_batch(&story->fixture, "id-2", "{\"a\":1}");
	story_ends(story, 2);
	fixture_tick(&story->fixture);
	story_ends(story, 3);
	fixture_batch(&story->fixture, "", "aaaa");
	story_ends(story, 4);
	fixture_batch(&story->fixture, "id-5", "end");
	story_ends(story, 5);
	journal_close(&story->fixture.journal);
	fixture_read(story->path, &story->bytes);
}

static void
unmake(struct story *story)
{
	buf_fini(&story->bytes);
	fixture_fini(&story->fixture);
}

static void
flip(const struct story *story, size_t at, char bits)
{
	char byte = (char)(story->bytes.bytes[at] ^ bits);
	int fd = open(story->path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

/* What is read when the frame `hit` is damaged. */
static void
expect(size_t hit, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < FRAMES; i++) {
		if (i == 0 && hit != 0)
			continue;
		if (out->len > 0)
			buf_byte(out, ' ');
		if (i == hit)
			buf_text(out, i + 1 == FRAMES ? "?" : "!");
		else
			buf_text(out, story_says[i]);
	}
}

START_TEST(a_flipped_bit_costs_its_own_entry)
{
	struct buf expected = {0};
	struct story story;
	size_t frame = 0;

	make(&story);
	fixture_says(
	    story.path, 0, "1{{\"alarms\":[]}} 2={\"a\":1} 3. 4=aaaa 5=end");
	for (size_t bit = 0; bit < story.bytes.len * 8; bit++) {
		if (bit / 8 == story.ends[frame])
			frame++;
		expect(frame, &expected);
		flip(&story, bit / 8, (char)(1 << bit % 8));
		fixture_says(story.path, 0, buf_cstr(&expected));
		flip(&story, bit / 8, 0);
	}
	ck_assert_uint_eq(frame, FRAMES - 1);
	buf_fini(&expected);
	unmake(&story);
}
END_TEST

/* Two places at once, so that no pair of errors hides itself. */
START_TEST(two_flipped_bytes_cost_two_entries)
{
	struct story story;
	unsigned seed = 1;

	make(&story);
	for (int i = 0; i < 2000; i++) {
		size_t a = story.ends[0] +
		    (size_t)rand_r(&seed) % (story.ends[1] - story.ends[0]);
		size_t b = story.ends[3] +
		    (size_t)rand_r(&seed) % (story.ends[4] - story.ends[3]);

		flip(&story, a, (char)(1 << rand_r(&seed) % 8));
		flip(&story, b, (char)(1 << rand_r(&seed) % 8));
		fixture_says(story.path, 0, "! 2={\"a\":1} 3. ! 5=end");
		flip(&story, a, 0);
		flip(&story, b, 0);
	}
	unmake(&story);
}
END_TEST

START_TEST(a_cut_costs_what_is_behind_it)
{
	struct buf expected = {0};
	struct story story;

	make(&story);
	for (size_t len = story.bytes.len; len-- > 0;) {
		size_t whole = 0;

		ck_assert_int_eq(truncate(story.path, (off_t)len), 0);
		buf_clear(&expected);
		while (whole < FRAMES && story.ends[whole] <= len) {
			if (whole > 0)
				buf_printf(&expected, "%s%s",
				    expected.len > 0 ? " " : "",
				    story_says[whole]);
			whole++;
		}
		if (len > 0 && (whole == 0 || story.ends[whole - 1] < len))
			buf_printf(
			    &expected, "%s?", expected.len > 0 ? " " : "");
		fixture_says(story.path, 0, buf_cstr(&expected));
	}
	buf_fini(&expected);
	unmake(&story);
}
END_TEST

TEST_MAIN("flips", a_flipped_bit_costs_its_own_entry,
    two_flipped_bytes_cost_two_entries, a_cut_costs_what_is_behind_it)
