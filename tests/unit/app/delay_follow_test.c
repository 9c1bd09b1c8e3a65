/* Delays that follow: when they change, within which bounds, what the log is
 * told. */
#include "app/delay_follow.h"

#include "testing.h"

#define S 1000LL
#define M (60 * S)
#define H (60 * M)

static struct namespace_delay rows[] = {{SPAN_OF("default"), 3 * M},
    {SPAN_OF("AWS/S3"), 20 * M}, {SPAN_OF("AWS/RDS"), 3 * M}};
static const struct delay_bounds bounds[] = {
    {SPAN_OF("default"), M, 10 * M}, {SPAN_OF("AWS/RDS"), 2 * M, 5 * M}};

struct watched {
	struct delay_follow *follow;
	struct heard heard;
	int64_t minute;
};

static void
watched_begin(struct watched *w)
{
	*w = (struct watched){.follow = delay_follow_create()};
	heard_init(&w->heard);
	delay_follow_rows(w->follow, bounds, 2, rows, 3);
}

static void
watched_end(struct watched *w)
{
	delay_follow_free(&w->follow);
	heard_fini(&w->heard);
}

/* So many points of a namespace come that late. */
static void
come(struct watched *w, const char *region, const char *namespace, int count,
    int64_t late_ms)
{
	struct heard_mark *mark = heard_stream(
	    &w->heard, SPAN_OF("1"), span_text(region), span_text(namespace));

	while (count-- > 0)
		lateness_add(mark->lateness, late_ms);
}

/* A look a minute later; what a config entry would say then. */
static void
check(struct watched *w, bool changed, const char *entry)
{
	struct buf out = {0};

	delay_follow_take(w->follow, &w->heard, ++w->minute * M);
	ck_assert_int_eq(delay_follow_changed(w->follow), changed);
	delay_follow_print(w->follow, rows, 3, &out);
	ck_assert_str_eq(buf_cstr(&out), entry);
	buf_fini(&out);
}

#define REST "\"AWS/S3\":1200000,\"AWS/RDS\":"

START_TEST(follows_within_bounds)
{
	struct watched w;

	watched_begin(&w);
	come(&w, "r", "AWS/EC2", 199, 95 * S);
	come(&w, "r", "AWS/S3", 500, 9 * H);
	check(&w, false, "\"default\":180000," REST "180000");
	come(&w, "q", "AWS/EC2", 1, 85 * S);
	check(&w, true, "\"default\":180000," REST "180000,\"AWS/EC2\":120000");
	come(&w, "r", "AWS/EC2", 100, 9 * M);
	come(&w, "r", "AWS/RDS", 300, H);
	check(&w, true, "\"default\":180000," REST "300000,\"AWS/EC2\":540000");
	come(&w, "r", "AWS/EC2", 100, H);
	check(&w, true, "\"default\":180000," REST "300000,\"AWS/EC2\":600000");
	watched_end(&w);
}
END_TEST

/* It grows at once, and shrinks an hour later. */
START_TEST(shrinks_slowly)
{
	struct watched w;

	watched_begin(&w);
	come(&w, "r", "AWS/RDS", 300, 4 * M);
	check(&w, true, "\"default\":180000," REST "240000");
	come(&w, "r", "AWS/RDS", 1000000, 100 * S);
	check(&w, false, "\"default\":180000," REST "240000");
	w.minute += 57;
	check(&w, false, "\"default\":180000," REST "240000");
	check(&w, true, "\"default\":180000," REST "120000");
	watched_end(&w);
}
END_TEST

/* What the log said was chosen holds after a restart; what no row follows any
 * more, or lies outside its bounds, does not. */
START_TEST(restored)
{
	struct watched w;

	watched_begin(&w);
	delay_follow_restore(w.follow,
	    SPAN_OF("{\"delay\":{\"default\":1,\"AWS/RDS\":270000,\"AWS/S3\":7,"
		    "\"AWS/EC2\":150000,\"AWS/ELB\":900000}}"));
	check(
	    &w, false, "\"default\":180000," REST "270000,\"AWS/EC2\":150000");
	delay_follow_rows(w.follow, &bounds[1], 1, rows, 3);
	check(&w, false, "\"default\":180000," REST "270000");
	watched_end(&w);
}
END_TEST

START_TEST(bounds_are_read)
{
	static const struct {
		const char *text;
		bool follows;
		int64_t least_ms, most_ms;
		const char *fault;
	} texts[] = {{"auto", true, M, 30 * M, NULL},
	    {"auto 90s..1h", true, 90 * S, H, NULL}, {"3m", false, 0, 0, NULL},
	    {"auto 5m", true, 0, 0, "must be a duration, auto, or auto with"},
	    {"auto 5m..1m", true, 0, 0, "auto 1m..20m (at most 1d), not"},
	    {"auto 5m..2d", true, 0, 0, "not \"auto 5m..2d\""}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct tree node = {
		    .kind = TREE_SCALAR, .text = span_text(texts[i].text)};
		struct delay_bounds read = {0};
		struct faults faults;

		faults_init(&faults);
		ck_assert_int_eq(
		    delay_bounds_read(&read, &node, &faults), texts[i].follows);
		ck_assert_int_eq(faults.count > 0, texts[i].fault != NULL);
		if (texts[i].fault != NULL)
			ck_assert_ptr_nonnull(
			    strstr(faults.first->text, texts[i].fault));
		else if (texts[i].follows) {
			ck_assert_int_eq(read.least_ms, texts[i].least_ms);
			ck_assert_int_eq(read.most_ms, texts[i].most_ms);
		}
		faults_fini(&faults);
	}
}
END_TEST

TEST_MAIN("delay_follow", follows_within_bounds, shrinks_slowly, restored,
    bounds_are_read)
