#include "base/option.h"
#include "base/tree.h"
#include "testing.h"

struct parsed {
	struct arena arena;
	struct faults faults;
	struct tree *root;
};

static void
parse(struct parsed *p, const char *text, bool env)
{
	*p = (struct parsed){0};
	arena_init(&p->arena);
	faults_init(&p->faults);
	p->root =
	    tree_parse(&p->arena, span_text(text), "dir/f", env, &p->faults);
}

static void
parsed_done(struct parsed *p)
{
	faults_fini(&p->faults);
	arena_fini(&p->arena);
}

START_TEST(json_and_yaml_give_one_tree)
{
	static const char *const texts[] = {
	    "{\"a\": [1, \"1\", true, null, {\"b\": \"\\u00e9\"}], \"c\": {}}",
	    "a:\n- 1\n- \"1\"\n- true\n-\n- b: \xc3\xa9\nc: {}\n",
	    "# words\na: [1, '1', true, ~, {b: \xc3\xa9}]\nc: {}\n"};

	for (size_t i = 0; i < 3; i++) {
		struct parsed p;
		struct buf out = {0};

		parse(&p, texts[i], false);
		ck_assert_ptr_nonnull(p.root);
		tree_print(p.root, &out);
		ck_assert_str_eq(buf_cstr(&out),
		    "{\"a\":[1,\"1\",true,null,{\"b\":\"\xc3\xa9\"}],"
		    "\"c\":{}}");
		buf_fini(&out);
		parsed_done(&p);
	}
}
END_TEST

/* The short forms of CloudFormation; other tags say nothing. */
START_TEST(tags_of_functions_are_maps)
{
	static const struct {
		const char *text, *tree;
	} rows[] = {
	    {"a: !Ref b", "{\"a\":{\"Ref\":\"b\"}}"},
	    {"!Sub x", "{\"Fn::Sub\":\"x\"}"},
	    {"a: !Sub '5'", "{\"a\":{\"Fn::Sub\":\"5\"}}"},
	    {"a: !GetAtt b.Arn", "{\"a\":{\"Fn::GetAtt\":\"b.Arn\"}}"},
	    {"a: !If [c, !Ref d, {e: !Ref f}]",
		"{\"a\":{\"Fn::If\":[\"c\",{\"Ref\":\"d\"},"
		"{\"e\":{\"Ref\":\"f\"}}]}}"},
	    {"a: !Transform {Name: n}",
		"{\"a\":{\"Fn::Transform\":{\"Name\":\"n\"}}}"},
	    {"a: !GetAZs", "{\"a\":{\"Fn::GetAZs\":null}}"},
	    {"a: !other b\nc: !!str 5\nd: !Subs e",
		"{\"a\":\"b\",\"c\":5,\"d\":\"e\"}"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct parsed p;
		struct buf out = {0};

		parse(&p, rows[i].text, false);
		ck_assert_ptr_nonnull(p.root);
		tree_print(p.root, &out);
		ck_assert_str_eq(buf_cstr(&out), rows[i].tree);
		buf_fini(&out);
		parsed_done(&p);
	}
}
END_TEST

/* A tag is a level of its own: what is printed can be parsed again. */
START_TEST(tags_count_as_depth)
{
	struct parsed p;
	struct buf text = {0};

	for (int tags = 0; tags < 2; tags++) {
		buf_clear(&text);
		buf_text(&text, "a: "); /* a bracket first would be JSON */
		for (int i = 0; i < 40; i++)
			buf_text(&text, tags ? "!Or [" : "[");
		for (int i = 0; i < 40; i++)
			buf_byte(&text, ']');
		parse(&p, buf_cstr(&text), false);
		ck_assert_int_eq(p.root == NULL, tags);
		parsed_done(&p);
	}
	buf_fini(&text);
}
END_TEST

START_TEST(faults_have_their_place)
{
	static const struct {
		const char *text, *fault;
		unsigned line, column;
	} rows[] = {
	    {"{\"a\": 1,\n \"a\": 2}", "second time", 2, 2},
	    {"{\"a\": 1,\n \"b\" 2}", "a colon", 2, 6},
	    {"[1,\n2\n,\n]", "a value was expected", 4, 1},
	    {"{} x", "something follows", 1, 4},
	    {"a: 1\na: 2\n", "second time", 2, 1},
	    {"a: [1\nb: 2\n", "did not find", 2, 2},
	    {"a: &x 1\nb: *x\n", "aliases", 2, 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct parsed p;

		parse(&p, rows[i].text, false);
		ck_assert_ptr_null(p.root);
		ck_assert_msg(
		    strstr(p.faults.first->text, rows[i].fault) != NULL,
		    "%s: %s", rows[i].text, p.faults.first->text);
		ck_assert_msg(p.faults.first->line == rows[i].line &&
			p.faults.first->column == rows[i].column,
		    "%s: %u:%u", rows[i].text, p.faults.first->line,
		    p.faults.first->column);
		parsed_done(&p);
	}
}
END_TEST

START_TEST(environment_is_read_where_asked)
{
	struct parsed p;
	struct span text;

	setenv("TOCSIN_TEST_A", "west", 1);
	unsetenv("TOCSIN_TEST_B");
	parse(&p, "a: x-${TOCSIN_TEST_A}-${TOCSIN_TEST_B:-none}\nb: $${A} $5\n",
	    true);
	ck_assert_uint_eq(p.faults.count, 0);
	ck_assert(tree_text(tree_get(p.root, "a"), &text, &p.faults));
	ck_assert(span_is(text, "x-west-none"));
	ck_assert(tree_text(tree_get(p.root, "b"), &text, &p.faults));
	ck_assert(span_is(text, "${A} $5"));
	parsed_done(&p);
	parse(&p, "a: 1\nb: ${TOCSIN_TEST_B}\n", true);
	ck_assert_ptr_null(p.root);
	ck_assert_ptr_nonnull(strstr(p.faults.first->text, "is not set"));
	ck_assert_uint_eq(p.faults.first->line, 2);
	parsed_done(&p);
}
END_TEST

struct sample {
	int64_t age_ms, size_bytes, count;
	struct span name, path, address;
	bool flag;
};

static const struct option sample_options[] = {
    {"age", OPTION_DURATION, offsetof(struct sample, age_ms), "5m", 1000,
	3600000, "an age"},
    {"size", OPTION_SIZE, offsetof(struct sample, size_bytes), "64MiB", 0, 0,
	"a size"},
    {"count", OPTION_INT, offsetof(struct sample, count), "3", 1, 10, "n"},
    {"name", OPTION_TEXT, offsetof(struct sample, name), NULL, 0, 0, "name"},
    {"path", OPTION_PATH, offsetof(struct sample, path), NULL, 0, 0, "path"},
    {"address", OPTION_ADDRESS, offsetof(struct sample, address), NULL, 0, 0,
	"address"},
    {"flag", OPTION_BOOL, offsetof(struct sample, flag), "false", 0, 0, "b"},
    {0}};

START_TEST(options_are_read)
{
	struct parsed p;
	struct sample s = {0};

	parse(&p,
	    "age: 90s\nname: x\npath: keys/a\naddress: '[::1]:0'\n"
	    "flag: true\n",
	    true);
	option_load(sample_options, p.root, &s, &p.arena, &p.faults);
	option_known(sample_options, NULL, p.root, &p.faults);
	ck_assert_uint_eq(p.faults.count, 0);
	ck_assert(s.age_ms == 90000 && s.size_bytes == 64 << 20);
	ck_assert(s.count == 3 && s.flag && span_is(s.name, "x"));
	ck_assert(span_is(s.path, "dir/keys/a"));
	parsed_done(&p);
}
END_TEST

START_TEST(options_say_what_is_wrong)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {{"age: 3", "must be a duration"},
	    {"age: 2h", "must be from 1s to 1h"},
	    {"size: 3MB", "must be a size"},
	    {"count: 11", "must be from 1 to 10"},
	    {"address: localhost", "must be an address"},
	    {"address: ':80'", "must be an address"},
	    {"flag: yes", "must be true or false"},
	    {"name: [a]", "must be a text"},
	    {"ages: 3m", "did you mean \"age\""},
	    {"zzzzzz: 3m", "unknown key \"zzzzzz\""}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct parsed p;
		struct sample s = {0};

		parse(&p, rows[i].text, true);
		option_load(sample_options, p.root, &s, &p.arena, &p.faults);
		option_known(sample_options, NULL, p.root, &p.faults);
		ck_assert_uint_eq(p.faults.count, 1);
		ck_assert_msg(
		    strstr(p.faults.first->text, rows[i].fault) != NULL,
		    "%s: %s", rows[i].text, p.faults.first->text);
		ck_assert_uint_eq(p.faults.first->line, 1);
		parsed_done(&p);
	}
}
END_TEST

TEST_MAIN("tree", json_and_yaml_give_one_tree, tags_of_functions_are_maps,
    tags_count_as_depth, faults_have_their_place,
    environment_is_read_where_asked, options_are_read,
    options_say_what_is_wrong)
