/* Which form a document has; and the same alarms in all of them. */
#include "template_fixture.h"

#include "base/text.h"

/* Told of an alarm by describe-alarms, or by the template alone. */
static bool
aside(struct span key)
{
	static const char *const keys[] = {"AlarmArn", "AlarmMuteRuleArn",
	    "AlarmConfigurationUpdatedTimestamp", "LastUpdatedTimestamp",
	    "MuteType", "StateReason", "StateTransitionedTimestamp",
	    "StateUpdatedTimestamp", "StateValue", "Status", "Tags"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (span_is(key, keys[i]))
			return true;
	return false;
}

static int
by_key(const void *a, const void *b)
{
	const struct tree *const *left = a, *const *right = b;

	return span_compare((*left)->key, (*right)->key);
}

/* Keys in order, empty lists and defaults left out, numbers in one form. */
static void
print(const struct tree *node, struct buf *out)
{
	const struct tree *members[64];
	char number[TEXT_NUMBER_SIZE];
	double value;
	size_t n = 0;

	if (node->kind == TREE_SCALAR && !node->quoted &&
	    text_parse_double(node->text, &value)) {
		text_double(number, value);
		buf_text(out, number);
		return;
	}
	if (node->kind != TREE_MAP && node->kind != TREE_LIST) {
		tree_print(node, out);
		return;
	}
	for (const struct tree *t = node->first; t != NULL; t = t->next) {
		if (node->kind == TREE_MAP &&
		    (aside(t->key) || (t->kind == TREE_LIST && !t->count) ||
			(span_is(t->key, "ActionsEnabled") &&
			    span_is(t->text, "true"))))
			continue;
		ck_assert_uint_lt(n, 64);
		members[n++] = t;
	}
	if (node->kind == TREE_MAP)
		qsort(members, n, sizeof(*members), by_key);
	buf_byte(out, node->kind == TREE_MAP ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(out, ',');
		if (node->kind == TREE_MAP) {
			buf_json(out, members[i]->key);
			buf_byte(out, ':');
		}
		print(members[i], out);
	}
	buf_byte(out, node->kind == TREE_MAP ? '}' : ']');
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The alarms a line each, in the order of their names. */
static void
print_all(struct read *r, struct buf *out)
{
	char *lines[16];

	ck_assert_uint_lt(r->alarms.count, 16);
	for (size_t i = 0; i < r->alarms.count; i++) {
		struct buf line = {0};

		print(r->alarms.at[i], &line);
		lines[i] = arena_text(&r->arena, buf_span(&line));
		buf_fini(&line);
	}
	qsort(lines, r->alarms.count, sizeof(*lines), by_text);
	for (size_t i = 0; i < r->alarms.count; i++)
		buf_printf(out, "%s\n", lines[i]);
}

static void
print_files(const char *one, const char *other, struct buf *out)
{
	struct read r;

	read_begin(&r, "Prefix=payments");
	read_file(&r, one);
	if (other != NULL)
		read_file(&r, other);
	if (r.faults.count > 0)
		faults_print(&r.faults, stderr);
	ck_assert_uint_eq(r.faults.count, 0);
	ck_assert_uint_eq(r.alarms.count, 8);
	print_all(&r, out);
	read_done(&r);
}

START_TEST(every_form_gives_the_same_alarms)
{
	static const char *const files[] = {"cloudformation.json",
	    "cloudformation.yaml", "terraform-plan.json",
	    "terraform-show.json"};
	struct buf wanted = {0};

	print_files("describe-alarms.json", "mute-rule.json", &wanted);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&wanted), "\"p99\""));
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct buf out = {0};

		print_files(files[i], NULL, &out);
		if (strcmp(buf_cstr(&out), buf_cstr(&wanted)) != 0)
			fprintf(stderr, "%s\n%s\nis not\n%s", files[i],
			    buf_cstr(&out), buf_cstr(&wanted));
		ck_assert_msg(strcmp(buf_cstr(&out), buf_cstr(&wanted)) == 0,
		    "%s has other alarms", files[i]);
		buf_fini(&out);
	}
	buf_fini(&wanted);
}
END_TEST

/* ARNs: as applied, and as AWS will make them. */
START_TEST(arns_are_those_of_the_alarms)
{
	static const char *const files[] = {"describe-alarms.json",
	    "terraform-plan.json", "terraform-show.json"};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct read r;
		const struct tree *arn, *name;

		read_begin(&r, "");
		read_file(&r, files[i]);
		for (size_t j = 0; j < r.alarms.count; j++) {
			name = tree_get(r.alarms.at[j], "AlarmName");
			arn = tree_get(r.alarms.at[j], "AlarmArn");
			if (name == NULL)
				continue;
			ck_assert_ptr_nonnull(arn);
			ck_assert_str_eq(arn->text.at,
			    arena_printf(&r.arena,
				"arn:aws:cloudwatch:us-east-2:111122223333:"
				"alarm:%s",
				name->text.at));
		}
		read_done(&r);
	}
}
END_TEST

START_TEST(plain_forms_are_taken_as_they_are)
{
	static const struct {
		const char *text, *alarms;
	} rows[] = {
	    {"{\"AlarmName\": \"a\"}", "{\"AlarmName\":\"a\"}"},
	    {"AlarmName: a\nPeriod: 60\n",
		"{\"AlarmName\":\"a\",\"Period\":60}"},
	    {"[{\"AlarmName\": \"a\"}, {\"Name\": \"m\", \"Rule\": {}}]",
		"{\"AlarmName\":\"a\"}\n{\"Name\":\"m\",\"Rule\":{}}"},
	    {"[{\"MetricAlarms\": [{\"AlarmName\": \"a\"}]},"
	     " {\"MetricAlarms\": [{\"AlarmName\": \"b\"}]}]",
		"{\"AlarmName\":\"a\"}\n{\"AlarmName\":\"b\"}"},
	    {"{\"MetricAlarms\": [{\"AlarmName\": \"a\"}],"
	     " \"CompositeAlarms\": [{\"AlarmName\": \"c\"}],"
	     " \"AlarmMuteRules\": [{\"Name\": \"m\", \"Rule\": {}}],"
	     " \"LogAlarms\": []}",
		"{\"AlarmName\":\"a\"}\n{\"AlarmName\":\"c\"}\n"
		"{\"Name\":\"m\",\"Rule\":{}}"},
	    {"{\"MetricAlarms\": []}", ""},
	    {"[]", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect_alarms(rows[i].text, "", rows[i].alarms);
}
END_TEST

START_TEST(what_is_no_definition_is_said)
{
	static const struct {
		const char *text, *fault;
		unsigned line;
		size_t kept;
	} rows[] = {
	    {"groups:\n- name: x\n", "no alarms here: expected what", 1, 0},
	    {"just words\n", "no alarms here", 1, 0},
	    {"", "no alarms here", 1, 0},
	    {"[\n 1, {\"AlarmName\": \"a\"}]", "no alarms here", 2, 1},
	    {"{\"MetricAlarms\":\n 5}", "MetricAlarms must be a list", 1, 0},
	    {"{\"MetricAlarms\": [\n 5, {\"AlarmName\": \"a\"}]}",
		"an alarm must be a map", 2, 1},
	    {"{\"MetricAlarms\": [{\"AlarmName\": \"a\"}],\n"
	     " \"LogAlarms\": [\n {\"AlarmName\": \"errors\"}]}",
		"alarm \"errors\" is left out: log alarms", 3, 1},
	    {"{\"MetricAlarms\": [{\"AlarmName\": \"a\"}],\n"
	     " \"NextToken\": \"x\"}",
		"NextToken", 2, 1},
	    {"{\"AlarmMuteRuleSummaries\": []}", "get-alarm-mute-rule", 1, 0},
	    {"{\"TemplateBody\": \"Resources: {}\"}", "--output text", 1, 0},
	    {"AWSTemplateFormatVersion: x\n", "has no Resources", 1, 0},
	    {"Resources: [1]\nAWSTemplateFormatVersion: x\n",
		"Resources must be a map", 1, 0},
	    {"{\"version\": 4, \"terraform_version\": \"1.9.8\","
	     " \"lineage\": \"x\"}",
		"terraform show -json", 1, 0},
	    {"{\"format_version\": \"2.0\"}", "0.x and 1.x are", 1, 0},
	    {"{\"format_version\": \"1.0\"}", "nothing is planned or applied",
		1, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect_fault(rows[i].text, "", rows[i].line, rows[i].fault,
		    rows[i].kept);
}
END_TEST

TEST_MAIN("template", every_form_gives_the_same_alarms,
    arns_are_those_of_the_alarms, plain_forms_are_taken_as_they_are,
    what_is_no_definition_is_said)
