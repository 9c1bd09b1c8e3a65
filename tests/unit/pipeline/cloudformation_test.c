/* Every function of a template: its value, and what is said when it has none.
 */
#include "template_fixture.h"

/* In front of the property that a row is about, which is on line 31. */
static const char before[] = "Parameters:\n"
			     "  Env: {Type: String, Default: prod}\n"
			     "  Count: {Type: Number, Default: 5}\n"
			     "  Names: {Type: CommaDelimitedList,"
			     " Default: 'a, b,c'}\n"
			     "  Bare: {Type: String}\n"
			     "  Stored: {Type: 'AWS::SSM::Parameter::Value<"
			     "String>', Default: /key}\n"
			     "Mappings:\n"
			     "  M:\n"
			     "    prod: {Limit: 7, List: [x, y]}\n"
			     "Conditions:\n"
			     "  Yes: !Equals [!Ref Env, prod]\n"
			     "  No: !Not [!Condition Yes]\n"
			     "  Both: !And [!Condition Yes, !Condition No]\n"
			     "  Either: !Or [!Condition No, !Condition Yes]\n"
			     "  Round: !Not [!Condition Round]\n"
			     "  Open: !Equals [!Ref Bare, x]\n"
			     "  Odd: {Fn::Nor: []}\n  Never: !Equals [a, b]\n"
			     "Resources:\n"
			     "  Topic: {Type: 'AWS::SNS::Topic',"
			     " Properties: {TopicName: !Sub 't-${Env}'}}\n"
			     "  Bald: {Type: 'AWS::SNS::Topic'}\n"
			     "  Bucket: {Type: 'AWS::S3::Bucket',"
			     " Properties: {BucketName: !Ref Bare}}\n"
			     "  Fn: {Type: 'AWS::Lambda::Function',"
			     " Properties: {FunctionName: f}}\n"
			     "  Instance: {Type: 'AWS::EC2::Instance'}\n"
			     "  Other: {Type: 'AWS::CloudWatch::Alarm',"
			     " Condition: Never}\n"
			     "  Mute: {Type: 'AWS::CloudWatch::AlarmMuteRule',"
			     " Condition: Never}\n"
			     "  A:\n"
			     "    Type: AWS::CloudWatch::Alarm\n"
			     "    Properties:\n"
			     "      AlarmName: a\n"
			     "      ";

static const char *
template_of(struct arena *arena, const char *property)
{
	return arena_printf(arena, "%s%s\n", before, property);
}

struct value {
	const char *property, *value, *given;
};

static void
expect_values(const struct value *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena arena;

		arena_init(&arena);
		expect_alarms(template_of(&arena, rows[i].property),
		    rows[i].given,
		    arena_printf(&arena, "{\"AlarmName\":\"a\"%s%s}",
			*rows[i].value == '\0' ? "" : ",", rows[i].value));
		arena_fini(&arena);
	}
}

START_TEST(references_have_values)
{
	static const struct value rows[] = {
	    {"X: !Ref Env", "\"X\":\"prod\"", ""},
	    {"X: !Ref Env", "\"X\":\"dev\"", "Env=dev"},
	    {"X: {Ref: Env}", "\"X\":\"prod\"", ""},
	    {"X: !Ref Bare", "\"X\":\"v\"", "Bare=v"},
	    {"X: !Ref Stored", "\"X\":\"v\"", "Stored=v"},
	    {"X: !Ref Names", "\"X\":[\"a\",\"b\",\"c\"]", ""},
	    {"X: !Ref Names", "\"X\":[\"d\",\"e\"]", "Names=d,e"},
	    {"Period: !Ref Count", "\"Period\":5", ""},
	    {"Period: '60'", "\"Period\":60", ""},
	    {"Threshold: 1.50", "\"Threshold\":1.50", ""},
	    {"ActionsEnabled: 'True'", "\"ActionsEnabled\":true", ""},
	    {"ActionsEnabled: no", "\"ActionsEnabled\":false", ""},
	    {"AlarmDescription: '60'", "\"AlarmDescription\":\"60\"", ""},
	    {"X: !Ref AWS::Region", "\"X\":\"us-east-2\"", ""},
	    {"X: !Ref AWS::AccountId", "\"X\":\"111122223333\"", ""},
	    {"X: !Ref AWS::Partition", "\"X\":\"aws\"", ""},
	    {"X: !Ref AWS::URLSuffix", "\"X\":\"amazonaws.com\"", ""},
	    {"X: !Ref AWS::StackName", "\"X\":\"s\"", "AWS::StackName=s"},
	    {"X: !Ref AWS::NoValue", "", ""},
	    {"X: [1, !Ref 'AWS::NoValue', 2]", "\"X\":[1,2]", ""},
	    {"X: {a: !Ref AWS::NoValue, b: 1}", "\"X\":{\"b\":1}", ""},
	    {"X: !Ref Topic",
		"\"X\":\"arn:aws:sns:us-east-2:111122223333:t-prod\"", ""},
	    {"X: !GetAtt Topic.TopicArn",
		"\"X\":\"arn:aws:sns:us-east-2:111122223333:t-prod\"", ""},
	    {"X: {Fn::GetAtt: [Topic, TopicName]}", "\"X\":\"t-prod\"", ""},
	    {"X: !Ref Bald", "\"X\":\"arn:b\"", "Bald=arn:b"},
	    {"X: !GetAtt Bald.TopicName", "\"X\":\"b\"", "Bald.TopicName=b"},
	    {"X: !GetAtt Instance.PrivateIp", "\"X\":\"10.0.0.1\"",
		"Instance.PrivateIp=10.0.0.1"},
	    {"X: !GetAtt Fn.Arn",
		"\"X\":\"arn:aws:lambda:us-east-2:111122223333:function:f\"",
		""},
	    {"X: !Ref Other", "\"X\":\"Other\"", ""},
	    {"X: !GetAtt Other.Arn",
		"\"X\":\"arn:aws:cloudwatch:us-east-2:111122223333:alarm:"
		"Other\"",
		""},
	    {"X: !GetAtt Mute.Arn",
		"\"X\":\"arn:aws:cloudwatch:us-east-2:111122223333:"
		"alarm-mute-rule:Mute\"",
		""},
	};

	expect_values(rows, sizeof(rows) / sizeof(*rows));
}
END_TEST

START_TEST(functions_have_values)
{
	static const struct value rows[] = {
	    {"X: !Sub 'a-${Env}-${Topic.TopicName}-${!Env}-$x'",
		"\"X\":\"a-prod-t-prod-${Env}-$x\"", ""},
	    {"X: !Sub ['${a}${Env}', {a: !Ref Count, Env: own}]",
		"\"X\":\"5own\"", ""},
	    {"X: !Sub ''", "\"X\":\"\"", ""},
	    {"X: !Join ['-', [a, !Ref Env, !Ref AWS::NoValue, 3]]",
		"\"X\":\"a-prod-3\"", ""},
	    {"X: !Join [',', !Ref Names]", "\"X\":\"a,b,c\"", ""},
	    {"X: !Join ['', []]", "\"X\":\"\"", ""},
	    {"X: !Split ['--', 'a--b-c--']", "\"X\":[\"a\",\"b-c\",\"\"]", ""},
	    {"X: !Select [1, [a, b]]", "\"X\":\"b\"", ""},
	    {"X: !Select ['2', !Ref Names]", "\"X\":\"c\"", ""},
	    {"X: !FindInMap [M, !Ref Env, Limit]", "\"X\":7", ""},
	    {"X: !FindInMap [M, prod, List]", "\"X\":[\"x\",\"y\"]", ""},
	    {"X: !FindInMap [M, dev, Limit, {DefaultValue: 8}]", "\"X\":8", ""},
	    {"X: !If [Yes, a, b]", "\"X\":\"a\"", ""},
	    {"X: !If [No, a, b]", "\"X\":\"b\"", ""},
	    {"X: !If [Yes, a, b]", "\"X\":\"b\"", "Env=dev"},
	    {"X: !If [Both, a, b]", "\"X\":\"b\"", ""},
	    {"X: !If [Either, a, b]", "\"X\":\"a\"", ""},
	    {"X: !If [No, !Ref Bare, !If [Yes, [c], d]]", "\"X\":[\"c\"]", ""},
	    {"X: !ImportValue e", "\"X\":\"v\"", "e=v"},
	    {"X: [{Name: !Sub '${Env}', Value: [{Ref: Env}]}]",
		"\"X\":[{\"Name\":\"prod\",\"Value\":[\"prod\"]}]", ""},
	};

	expect_values(rows, sizeof(rows) / sizeof(*rows));
}
END_TEST

START_TEST(what_cannot_be_resolved_is_named)
{
	static const struct {
		const char *property, *fault;
	} rows[] = {
	    {"X: !Ref Bare",
		"A is left out: parameter Bare has no Default; give "
		"--parameter Bare=VALUE"},
	    {"X: !Ref Stored",
		"parameter Stored is read from the Parameter Store"},
	    {"X: !Ref Nothing",
		"\"Nothing\" is neither a parameter nor a resource"},
	    {"X: !Ref [a]", "Ref must name a parameter or a resource"},
	    {"X: !Ref AWS::StackName",
		"AWS::StackName is not known; give --parameter "
		"AWS::StackName=VALUE"},
	    {"X: !Ref Bald",
		"Bald has no TopicName, CloudFormation makes one; give "
		"--parameter Bald=VALUE"},
	    {"X: !Ref Instance",
		"Ref of Instance is known when the stack is made; give "
		"--parameter Instance=VALUE"},
	    {"X: !GetAtt Instance.PrivateIp",
		"Fn::GetAtt of Instance.PrivateIp is known when the stack is "
		"made; give --parameter Instance.PrivateIp=VALUE"},
	    {"X: !GetAtt Nothing.Arn", "\"Nothing\" is no resource"},
	    {"X: !GetAtt Topic", "Fn::GetAtt must be [resource, attribute]"},
	    {"X: !Sub '${Nothing}'", "\"Nothing\" is neither"},
	    {"X: !Sub 'a ${Env'", "\"${\" has no \"}\""},
	    {"X: !Sub '${Names}'", "${Names} is no single value"},
	    {"X: !Sub [a]", "Fn::Sub must be a text, or"},
	    {"X: !Join [a]", "Fn::Join must be [delimiter, list of values]"},
	    {"X: !Join ['', a]", "a list is needed here"},
	    {"X: !Join ['', [[a]]]", "Fn::Join takes single values only"},
	    {"X: !Join [[], [a]]", "a single value is needed here, not a list"},
	    {"X: !Split ['', a]", "Fn::Split needs a delimiter"},
	    {"X: !Select [2, [a, b]]", "Fn::Select \"2\" of a list of 2"},
	    {"X: !Select [-1, [a, b]]", "Fn::Select \"-1\" of a list"},
	    {"X: !FindInMap [M, dev, Limit]",
		"Fn::FindInMap: Mappings have no M, dev, Limit"},
	    {"X: !FindInMap [M, prod]", "Fn::FindInMap must be [map, key"},
	    {"X: !If [Nothing, a, b]",
		"condition \"Nothing\" is not in this template"},
	    {"X: !If [Yes, a]", "Fn::If must be [condition, value if true"},
	    {"X: !ImportValue e",
		"Fn::ImportValue \"e\" is of another stack; give --parameter "
		"e=VALUE"},
	    {"X: !GetAZs ''", "Fn::GetAZs is not resolved here"},
	    {"X: !Cidr [a, 1]", "Fn::Cidr is not resolved here"},
	    {"X: '{{resolve:ssm:/limit}}'", "is read from another service"},
	    {"X: [a, {b: [!Ref Nothing]}]", "\"Nothing\" is neither"},
	    {"Fn::Transform: {Name: AWS::Include}",
		"Fn::Transform is not resolved in Properties"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		expect_fault(template_of(&arena, rows[i].property), "", 31,
		    rows[i].fault, 0);
		arena_fini(&arena);
	}
}
END_TEST

/* Faults that are of another place than the property. */
START_TEST(faults_are_where_the_cause_is)
{
	static const struct {
		const char *property, *fault;
		unsigned line;
	} rows[] = {
	    {"X: !If [Round, a, b]", "condition \"Round\" refers to itself",
		15},
	    {"X: !If [Open, a, b]", "parameter Bare has no Default", 16},
	    {"X: !If [Odd, a, b]", "a condition must be Fn::Equals", 17},
	    {"X: !Ref Bucket", "parameter Bare has no Default", 22},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		expect_fault(template_of(&arena, rows[i].property), "",
		    rows[i].line, rows[i].fault, 0);
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(one_alarm_never_stops_the_others)
{
	struct read r;
	struct buf out = {0};

	read_begin(&r, "");
	read_text(&r,
	    SPAN_OF("Parameters: {P: {Type: String}}\n"
		    "Conditions: {C: !Equals [!Ref P, x]}\n"
		    "Resources:\n"
		    "  A: {Type: 'AWS::CloudWatch::Alarm', Properties: {\n"
		    "    AlarmName: first, MetricName: !Ref P,\n"
		    "    Namespace: !Ref Q}}\n"
		    "  B: {Type: 'AWS::CloudWatch::Alarm', Condition: C}\n"
		    "  C: {Type: 'AWS::CloudWatch::Alarm', Condition: C}\n"
		    "  D: {Type: 'AWS::CloudWatch::Alarm', Properties: 5}\n"
		    "  L: {Type: 'AWS::CloudWatch::LogAlarm'}\n"
		    "  Fn::ForEach::Many: [N, [a], {}]\n"
		    "  E: {Type: 'AWS::CloudWatch::Alarm'}\n"),
	    "t.yaml");
	read_print(&r, &out);
	ck_assert_str_eq(buf_cstr(&out), "{\"AlarmName\":\"E\"}");
	buf_clear(&out);
	for (const struct fault *f = r.faults.first; f != NULL; f = f->next)
		buf_printf(&out, "%u %.24s\n", f->line, f->text);
	ck_assert_str_eq(buf_cstr(&out),
	    "5 A is left out: parameter\n"
	    "6 A is left out: \"Q\" is ne\n"
	    "2 B is left out: parameter\n"
	    "8 C is left out: condition\n"
	    "9 D is left out: Propertie\n"
	    "10 L is left out: log alarm\n"
	    "11 Fn::ForEach::Many is not\n");
	ck_assert_uint_eq(r.alarms.nleft_out, 5);
	ck_assert(span_is(r.alarms.left_out[0], "first"));
	ck_assert(span_is(r.alarms.left_out[4], "L"));
	buf_fini(&out);
	read_done(&r);
}
END_TEST

/* An alarm without a name; our own keys; a Region that only the user knows. */
START_TEST(resources_become_alarms)
{
	static const char text[] =
	    "Resources:\n"
	    "  Lag:\n"
	    "    Type: AWS::CloudWatch::Alarm\n"
	    "    Metadata: {Tocsin: {Delay: !Sub '${D}m'}, Other: !Ref X}\n"
	    "    DependsOn: Nothing\n"
	    "    Properties: {Period: 60}\n";

	expect_alarms(text, "D=2",
	    "{\"Period\":60,\"Tocsin\":{\"Delay\":\"2m\"},"
	    "\"AlarmName\":\"Lag\"}");
	expect_alarms(text, "D=2 AWS::Region=cn-north-1",
	    "{\"Period\":60,\"Tocsin\":{\"Delay\":\"2m\"},"
	    "\"AlarmName\":\"Lag\",\"AlarmArn\":\"arn:aws-cn:cloudwatch:"
	    "cn-north-1:111122223333:alarm:Lag\"}");
	expect_fault(text, "", 4, "Lag is left out: \"D\" is neither", 0);
	expect_alarms("{\"TemplateBody\": {\"Resources\": {\"A\": {\"Type\":"
		      " \"AWS::CloudWatch::Alarm\"}}}}",
	    "", "{\"AlarmName\":\"A\"}");
}
END_TEST

/* Nodes stand where their expressions stood: the reader's faults go there. */
START_TEST(nodes_keep_their_places)
{
	struct read r;
	const struct tree *period, *item;

	read_begin(&r, "");
	read_text(&r,
	    SPAN_OF("Parameters: {P: {Default: x}}\n"
		    "Resources:\n"
		    "  A:\n"
		    "    Type: AWS::CloudWatch::Alarm\n"
		    "    Properties:\n"
		    "      Period: !Sub ${P}s\n"
		    "      OKActions:\n"
		    "        - y\n"
		    "        - !Ref P\n"),
	    "t.yaml");
	ck_assert_uint_eq(r.alarms.count, 1);
	ck_assert_uint_eq(r.alarms.at[0]->line, 3);
	period = tree_get(r.alarms.at[0], "Period");
	ck_assert(span_is(period->text, "xs"));
	ck_assert(period->line == 6 && period->column == 7);
	item = tree_get(r.alarms.at[0], "OKActions")->first->next;
	ck_assert(item->line == 9 && item->column == 11);
	ck_assert_str_eq(item->file, "t.yaml");
	read_done(&r);
}
END_TEST

/* Without a Region and an account, alarms are what the reader makes of them;
 * a topic has no ARN. */
START_TEST(unknown_regions_and_accounts)
{
	struct read r;
	struct buf out = {0};

	read_begin(&r, "");
	r.options.region = r.options.account = SPAN_OF("");
	read_text(&r,
	    SPAN_OF("Resources:\n"
		    "  T: {Type: 'AWS::SNS::Topic',"
		    " Properties: {TopicName: t}}\n"
		    "  A: {Type: 'AWS::CloudWatch::CompositeAlarm',"
		    " Properties: {AlarmRule: !Sub 'ALARM(${B.Arn})'}}\n"
		    "  B: {Type: 'AWS::CloudWatch::Alarm',"
		    " Properties: {OKActions: [!Ref T]}}\n"),
	    "t.yaml");
	read_print(&r, &out);
	ck_assert_str_eq(buf_cstr(&out),
	    "{\"AlarmRule\":\"ALARM(arn:aws:cloudwatch:::alarm:B)\","
	    "\"AlarmName\":\"A\"}");
	ck_assert_uint_eq(r.faults.count, 1);
	ck_assert_ptr_nonnull(
	    strstr(r.faults.first->text, "--parameter AWS::Region=VALUE"));
	buf_fini(&out);
	read_done(&r);
}
END_TEST

/* Alarms named after each other: a circle, and texts that double. */
START_TEST(work_is_bounded)
{
	struct read r;
	struct buf text = {0};

	expect_fault("Resources:\n"
		     "  A: {Type: 'AWS::CloudWatch::Alarm',\n"
		     "    Properties: {AlarmName: !Sub '${B}x'}}\n"
		     "  B: {Type: 'AWS::SNS::Topic',\n"
		     "    Properties: {TopicName: !Ref A}}\n",
	    "", 3, "values nest deeper than 64", 0);
	buf_text(&text, "Resources:\n");
	for (int i = 0; i < 30; i++)
		buf_printf(&text,
		    "  A%d: {Type: 'AWS::CloudWatch::Alarm', Properties: "
		    "{AlarmName: !Sub '${A%d}${A%d}'}}\n",
		    i, i + 1, i + 1);
	buf_text(&text, "  A30: {Type: 'AWS::CloudWatch::Alarm'}\n");
	read_begin(&r, "");
	read_text(&r, buf_span(&text), "t.yaml");
	ck_assert_uint_ge(r.faults.count, 1);
	ck_assert_ptr_nonnull(
	    strstr(r.faults.last->text, "make more than 64 MiB"));
	read_done(&r);
	buf_clear(&text);
	buf_text(&text,
	    "Resources: {A: {Type: 'AWS::CloudWatch::Alarm',"
	    " Properties: {X: !Join [");
	for (int i = 0; i < 70000; i++)
		buf_byte(&text, 'y');
	buf_text(&text, ", [a, b]]}}}\n");
	expect_fault(buf_cstr(&text), "", 1, "would be longer than 64 KiB", 0);
	buf_fini(&text);
}
END_TEST

TEST_MAIN("cloudformation", references_have_values, functions_have_values,
    what_cannot_be_resolved_is_named, faults_are_where_the_cause_is,
    one_alarm_never_stops_the_others, resources_become_alarms,
    nodes_keep_their_places, unknown_regions_and_accounts, work_is_bounded)
