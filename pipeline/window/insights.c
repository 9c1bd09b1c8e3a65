#include "pipeline/window/insights.h"

#include "base/limits.h"
#include "base/text.h"
#include "pipeline/window/insights_token.h"

/* Of what was found, shown in a fault. */
#define FOUND_BYTES 40

struct parse {
	struct insights_tokens tokens;
	struct insights_token token; /* the next one, not taken yet */
	struct insights *query;
	struct insights_fault *fault;
};

/* What people who know SQL write, and what to write instead. */
static const struct {
	const char *found, *instead;
} parse_hints[] = {
    {"OR", "AND is the only word that joins conditions"},
    {"NOT", "= and != are the only comparisons"},
    {"IN", "= and != are the only comparisons"},
    {"LIKE", "= and != are the only comparisons"},
    {"BETWEEN", "= and != are the only comparisons"},
    {"IS", "= and != are the only comparisons"},
    {"<", "= and != are the only comparisons"},
    {">", "= and != are the only comparisons"},
    {"<=", "= and != are the only comparisons"},
    {">=", "= and != are the only comparisons"},
    {"<>", "= and != are the only comparisons"},
    {"==", "= and != are the only comparisons"},
    {"(", "parentheses stand only behind a function and SCHEMA"},
    {"HAVING", "leave it out, the alarm's threshold does its work"},
    {"AS", "leave it out, Label beside the expression names the result"},
    {";", "a query ends without it"},
    {"WHERE", "the order is FROM, WHERE, GROUP BY, ORDER BY, LIMIT"},
    {"GROUP", "the order is FROM, WHERE, GROUP BY, ORDER BY, LIMIT"},
    {"ORDER", "the order is FROM, WHERE, GROUP BY, ORDER BY, LIMIT"},
    {"LIMIT", "the order is FROM, WHERE, GROUP BY, ORDER BY, LIMIT"},
};

static const struct {
	const char *word;
	enum alarm_statistic statistic;
} parse_functions[] = {
    {"AVG", STATISTIC_AVERAGE},
    {"COUNT", STATISTIC_SAMPLE_COUNT},
    {"MAX", STATISTIC_MAXIMUM},
    {"MIN", STATISTIC_MINIMUM},
    {"SUM", STATISTIC_SUM},
};
#define FUNCTIONS (sizeof(parse_functions) / sizeof(*parse_functions))

const char *
insights_function(enum alarm_statistic statistic)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (parse_functions[i].statistic == statistic)
			return parse_functions[i].word;
	return "";
}

static void
parse_next(struct parse *parse)
{
	parse->token = insights_token_next(&parse->tokens);
}

/* At the next token; false, for the caller to return. */
#define parse_fault(parse, ...)                                                \
	((parse)->fault->column = (parse)->token.column,                       \
	    (parse)->fault->text =                                             \
		arena_printf((parse)->tokens.arena, __VA_ARGS__),              \
	    false)

/* What the token is, for a person: cut between two characters. */
static const char *
parse_found(const struct parse *parse)
{
	struct span raw = parse->token.raw;
	size_t len = raw.len;

	if (parse->token.kind == TOKEN_END)
		return "the end";
	if (len > FOUND_BYTES) {
		len = FOUND_BYTES;
		while (len > 0 && ((unsigned char)raw.at[len] & 0xc0) == 0x80)
			len--;
	}
	return arena_printf(parse->tokens.arena, "%.*s%s", (int)len, raw.at,
	    len < raw.len ? "…" : "");
}

static bool
parse_unexpected(struct parse *parse, const char *expected)
{
	const char *instead = NULL;

	if (parse->token.kind == TOKEN_OPEN)
		return parse_fault(parse, "the quote %.1s is never closed",
		    parse->token.raw.at);
	for (size_t i = 0; i < sizeof(parse_hints) / sizeof(*parse_hints); i++)
		if (insights_token_is(&parse->token, parse_hints[i].found))
			instead = parse_hints[i].instead;
	return parse_fault(parse, "expected %s, found %s%s%s", expected,
	    parse_found(parse), instead == NULL ? "" : ": ",
	    instead == NULL ? "" : instead);
}

static bool
parse_is(const struct parse *parse, const char *text)
{
	return insights_token_is(&parse->token, text);
}

/* Takes the token if it is this word or mark. */
static bool
parse_take(struct parse *parse, const char *text)
{
	if (!parse_is(parse, text))
		return false;
	parse_next(parse);
	return true;
}

static bool
parse_expect(struct parse *parse, const char *text)
{
	return parse_take(parse, text) || parse_unexpected(parse, text);
}

/* Room for one more of an array that doubles. */
static void *
parse_room(struct arena *arena, const void *old, size_t count, size_t size)
{
	void *grown;

	if ((count & (count - 1)) != 0)
		return (void *)old;
	grown = arena_alloc(arena, (count == 0 ? 1 : 2 * count) * size);
	if (count > 0)
		memcpy(grown, old, count * size);
	return grown;
}

/* A name of a metric, a namespace or a label. */
static bool
parse_name(struct parse *parse, const char *what, struct span *out)
{
	const struct insights_token *token = &parse->token;

	if (token->kind == TOKEN_VALUE)
		return parse_fault(parse,
		    "expected %s, found %s: single quotes are for values, "
		    "names go in double quotes",
		    what, parse_found(parse));
	if (token->kind != TOKEN_WORD && token->kind != TOKEN_NAME)
		return parse_unexpected(parse, what);
	if (token->text.len == 0)
		return parse_fault(parse, "expected %s, found \"\"", what);
	if (token->kind == TOKEN_WORD && !insights_word_plain(token->text))
		return parse_fault(parse,
		    "%s with other characters than letters, digits and _ goes "
		    "in double quotes: \"%s\"",
		    what, parse_found(parse));
	if (token->kind == TOKEN_WORD && insights_word_reserved(token->text))
		return parse_fault(parse,
		    "expected %s, found the reserved word %s; a name like it "
		    "goes in double quotes: \"%.*s\"",
		    what, parse_found(parse), SPAN_ARGS(token->text));
	*out = arena_copy(parse->tokens.arena, token->text);
	parse_next(parse);
	return true;
}

/* The word without regard to case begins so. */
static bool
parse_begins(struct span word, const char *prefix)
{
	struct insights_token head = {
	    .kind = TOKEN_WORD, .text = {word.at, strlen(prefix)}};

	return word.len >= head.text.len && insights_token_is(&head, prefix);
}

static bool
parse_label(struct parse *parse, struct insights_label *out)
{
	const struct insights_token *token = &parse->token;
	bool word = token->kind == TOKEN_WORD;

	*out = (struct insights_label){0};
	if (span_is(token->text, "AWS.AccountId"))
		out->kind = LABEL_ACCOUNT;
	else if (span_is(token->text, "AWS.Region"))
		out->kind = LABEL_REGION;
	if (out->kind != LABEL_DIMENSION && word) {
		out->name = arena_copy(parse->tokens.arena, token->text);
		parse_next(parse);
		return true;
	}
	if (out->kind != LABEL_DIMENSION && token->kind == TOKEN_NAME)
		return parse_fault(parse, "%.*s is written without quotes",
		    SPAN_ARGS(token->text));
	if (word && parse_begins(token->text, "tag."))
		return parse_fault(parse,
		    "%s: a metric stream carries no tags; use a dimension, "
		    "AWS.AccountId or AWS.Region",
		    parse_found(parse));
	if (word && parse_begins(token->text, "aws."))
		return parse_fault(parse,
		    "%s: the labels of AWS are AWS.AccountId and AWS.Region",
		    parse_found(parse));
	out->kind = LABEL_DIMENSION;
	return parse_name(parse, "a dimension name", &out->name);
}

static bool
parse_function(struct parse *parse, enum alarm_statistic *out)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (parse_take(parse, parse_functions[i].word)) {
			*out = parse_functions[i].statistic;
			return true;
		}
	return parse_unexpected(parse, "AVG, COUNT, MAX, MIN or SUM");
}

/* SELECT function "(" metric ")" */
static bool
parse_select(struct parse *parse)
{
	struct insights *query = parse->query;

	if (!parse_expect(parse, "SELECT") ||
	    !parse_function(parse, &query->statistic) ||
	    !parse_expect(parse, "(") ||
	    !parse_name(parse, "a metric name", &query->metric) ||
	    !parse_expect(parse, ")"))
		return false;
	if (parse_is(parse, ","))
		return parse_fault(
		    parse, "a query selects one function of one metric");
	return true;
}

/* Sorted; a name that is there already changes nothing (captured). */
static void
schema_add(struct parse *parse, struct span name)
{
	struct insights *query = parse->query;
	struct span *names = parse_room(parse->tokens.arena, query->dimensions,
	    query->ndimensions, sizeof(*names));
	size_t i = query->ndimensions;

	query->dimensions = names;
	for (size_t k = 0; k < query->ndimensions; k++)
		if (span_equal(names[k], name))
			return;
	for (; i > 0 && span_compare(names[i - 1], name) > 0; i--)
		names[i] = names[i - 1];
	names[i] = name;
	query->ndimensions++;
}

/* SCHEMA "(" namespace {"," dimension} ")", behind the word */
static bool
parse_schema(struct parse *parse)
{
	parse->query->schema = true;
	if (!parse_expect(parse, "(") ||
	    !parse_name(parse, "a namespace", &parse->query->namespace))
		return false;
	while (parse_take(parse, ",")) {
		struct insights_token at = parse->token;
		struct insights_label label;

		if (!parse_label(parse, &label))
			return false;
		if (label.kind != LABEL_DIMENSION) {
			parse->token = at;
			return parse_fault(parse,
			    "SCHEMA takes dimension names; %.*s belongs in "
			    "WHERE or GROUP BY",
			    SPAN_ARGS(label.name));
		}
		schema_add(parse, label.name);
	}
	return parse_is(parse, ")") ? parse_take(parse, ")")
				    : parse_unexpected(parse, ", or )");
}

static bool
parse_from(struct parse *parse)
{
	if (!parse_expect(parse, "FROM"))
		return false;
	if (parse_take(parse, "SCHEMA"))
		return parse_schema(parse);
	return parse_name(parse, "a namespace", &parse->query->namespace);
}

/* Twelve digits without quotes, as the guide has them; one that begins with 0
 * is a number to CloudWatch, which refuses it. */
static bool
is_account(struct span text)
{
	if (text.len != 12 || text.at[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return true;
}

static bool
parse_value(struct parse *parse, struct insights_condition *condition)
{
	const struct insights_token *token = &parse->token;
	bool bare = condition->label.kind == LABEL_ACCOUNT &&
	    token->kind == TOKEN_WORD && is_account(token->text);

	if (parse_take(parse, "CURRENT_ACCOUNT_ID")) {
		condition->own_account = true;
		return parse_expect(parse, "(") && parse_expect(parse, ")");
	}
	if (token->kind != TOKEN_VALUE && !bare) {
		if (token->kind == TOKEN_WORD || token->kind == TOKEN_NAME)
			return parse_fault(parse,
			    "values go in single quotes: '%.*s'",
			    SPAN_ARGS(token->text));
		return parse_unexpected(parse, "a value in single quotes");
	}
	condition->value = arena_copy(parse->tokens.arena, token->text);
	parse_next(parse);
	return true;
}

/* condition {AND condition}, behind WHERE */
static bool
parse_where(struct parse *parse)
{
	struct insights *query = parse->query;
	struct insights_condition *all;

	do {
		struct insights_condition one = {0};

		if (!parse_label(parse, &one.label))
			return false;
		one.equal = parse_is(parse, "=");
		if (!parse_take(parse, "=") && !parse_take(parse, "!="))
			return parse_unexpected(parse, "= or !=");
		if (!parse_value(parse, &one))
			return false;
		all = parse_room(parse->tokens.arena, query->conditions,
		    query->nconditions, sizeof(*all));
		all[query->nconditions++] = one;
		query->conditions = all;
	} while (parse_take(parse, "AND"));
	return true;
}

/* label {"," label}, behind GROUP BY; one that is there already makes no other
 * groups and is left out. */
static bool
parse_group_by(struct parse *parse)
{
	struct insights *query = parse->query;
	struct insights_label *all;

	if (!parse_expect(parse, "BY"))
		return false;
	do {
		struct insights_label one;
		bool there = false;

		if (!parse_label(parse, &one))
			return false;
		for (size_t i = 0; i < query->ngroup_by; i++)
			there |= query->group_by[i].kind == one.kind &&
			    span_equal(query->group_by[i].name, one.name);
		if (there)
			continue;
		all = parse_room(parse->tokens.arena, query->group_by,
		    query->ngroup_by, sizeof(*all));
		all[query->ngroup_by++] = one;
		query->group_by = all;
	} while (parse_take(parse, ","));
	return true;
}

/* function "(" ")" [ASC|DESC], behind ORDER */
static bool
parse_order_by(struct parse *parse)
{
	struct insights *query = parse->query;

	if (!parse_expect(parse, "BY") ||
	    !parse_function(parse, &query->order_by) ||
	    !parse_expect(parse, "("))
		return false;
	if (!parse_take(parse, ")"))
		return parse_fault(parse,
		    "the function of ORDER BY takes nothing: %s()",
		    insights_function(query->order_by));
	query->ordered = true;
	query->descending = parse_take(parse, "DESC");
	if (!query->descending)
		parse_take(parse, "ASC");
	return true;
}

static bool
parse_limit(struct parse *parse)
{
	const struct insights_token *token = &parse->token;
	int64_t limit = 0;

	if (token->kind == TOKEN_WORD && insights_word_plain(token->text))
		text_parse_int(token->text, &limit);
	if (limit < 1 || limit > LIMIT_CONTRIBUTORS)
		return parse_fault(parse,
		    "LIMIT is a whole number from 1 to %d, found %s",
		    (int)LIMIT_CONTRIBUTORS, parse_found(parse));
	parse->query->limit = limit;
	parse_next(parse);
	return true;
}

static bool
parse_query(struct parse *parse)
{
	const char *end = "WHERE, GROUP BY, ORDER BY, LIMIT or the end";

	parse_next(parse);
	if (!parse_select(parse) || !parse_from(parse))
		return false;
	if (parse_take(parse, "WHERE")) {
		if (!parse_where(parse))
			return false;
		end = "AND, GROUP BY, ORDER BY, LIMIT or the end";
	}
	if (parse_take(parse, "GROUP")) {
		if (!parse_group_by(parse))
			return false;
		end = "a comma, ORDER BY, LIMIT or the end";
	}
	if (parse_take(parse, "ORDER")) {
		if (!parse_order_by(parse))
			return false;
		end = "LIMIT or the end";
	}
	if (parse_take(parse, "LIMIT")) {
		if (!parse_limit(parse))
			return false;
		end = "the end";
	}
	return parse->token.kind == TOKEN_END || parse_unexpected(parse, end);
}

bool
insights_is_query(struct span expression)
{
	struct span rest = expression;

	while (rest.len > 0 && insights_blank(rest.at[0]))
		rest = span_make(rest.at + 1, rest.len - 1);
	return parse_begins(rest, "SELECT") &&
	    (rest.len == 6 || insights_blank(rest.at[6]));
}

const struct insights *
insights_parse(
    struct arena *arena, struct span text, struct insights_fault *fault)
{
	struct parse parse = {.tokens = {arena, text, 0, 0}, .fault = fault};

	*fault = (struct insights_fault){0};
	if (text.len > LIMIT_EXPRESSION) {
		fault->column = 1;
		fault->text = arena_printf(arena,
		    "a query has at most %d bytes, this has %zu",
		    (int)LIMIT_EXPRESSION, text.len);
		return NULL;
	}
	parse.query = arena_alloc(arena, sizeof(*parse.query));
	return parse_query(&parse) ? parse.query : NULL;
}
