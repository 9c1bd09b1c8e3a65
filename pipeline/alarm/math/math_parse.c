#include "pipeline/alarm/math/math_parse.h"

#include "pipeline/alarm/math/math_fault.h"
#include "pipeline/alarm/math/math_function.h"

static bool
math_parse_level(struct math_parse *parse, int least, unsigned short *node);

/* How tightly each binds; the unary minus stands between * and ^. */
static const int math_parse_levels[] = {
    [MATH_OR] = 1,
    [MATH_AND] = 2,
    [MATH_EQ] = 3,
    [MATH_NE] = 3,
    [MATH_LE] = 4,
    [MATH_GE] = 4,
    [MATH_LT] = 4,
    [MATH_GT] = 4,
    [MATH_ADD] = 5,
    [MATH_SUBTRACT] = 5,
    [MATH_MULTIPLY] = 6,
    [MATH_DIVIDE] = 6,
    [MATH_POWER] = 8,
};
#define LEVEL_LOWEST 1
#define LEVEL_NEGATE 7

static bool
math_parse_fail(struct math_parse *parse, const char *expected)
{
	if (parse->lex.token == TOKEN_NAME &&
	    (span_is(parse->lex.text, "and") || span_is(parse->lex.text, "or")))
		return math_fail(parse->lex.arena, parse->lex.fault,
		    parse->lex.column, "AND and OR are upper case");
	return math_fail(parse->lex.arena, parse->lex.fault, parse->lex.column,
	    "expected %s, not %s", expected, math_lex_shown(&parse->lex));
}

static bool
math_parse_deeper(struct math_parse *parse)
{
	if (++parse->depth <= LIMIT_MATH_DEPTH)
		return true;
	return math_fail(parse->lex.arena, parse->lex.fault, parse->lex.column,
	    "an expression may nest %d deep", LIMIT_MATH_DEPTH);
}

/* The arguments are those pending from `base` on. */
static bool
math_parse_add(struct math_parse *parse, struct math_node node, size_t base,
    unsigned short *index)
{
	size_t nargs = parse->npending - base;

	if (parse->count == LIMIT_MATH_NODES)
		return math_fail(parse->lex.arena, parse->lex.fault,
		    node.column, "an expression may have %d parts",
		    LIMIT_MATH_NODES);
	node.nargs = nargs;
	node.args = arena_alloc(parse->lex.arena, nargs * sizeof(*node.args));
	for (size_t i = 0; i < nargs; i++)
		node.args[i] = parse->pending[base + i];
	parse->npending = base;
	*index = (unsigned short)parse->count;
	parse->nodes[parse->count++] = node;
	return true;
}

static void
math_parse_push(struct math_parse *parse, unsigned short node)
{
	parse->pending[parse->npending++] = node;
}

/* Up to `close`, which is read; the arguments stay pending. */
static bool
math_parse_arguments(struct math_parse *parse, enum math_token close)
{
	unsigned short node;

	if (parse->lex.token == close)
		return math_lex_next(&parse->lex);
	for (;;) {
		if (!math_parse_level(parse, LEVEL_LOWEST, &node))
			return false;
		math_parse_push(parse, node);
		if (parse->lex.token == close)
			return math_lex_next(&parse->lex);
		if (parse->lex.token != TOKEN_COMMA)
			return math_parse_fail(parse,
			    close == TOKEN_CLOSE ? "an operator, a comma or )"
						 : "an operator, a comma or ]");
		if (!math_lex_next(&parse->lex))
			return false;
	}
}

/* Behind a function's name, at its "(". */
static bool
math_parse_call(
    struct math_parse *parse, struct math_node call, unsigned short *node)
{
	struct arena *arena = parse->lex.arena;
	const struct math_function *meant = math_function_meant(call.text);
	size_t base = parse->npending;

	call.kind = MATH_CALL;
	call.function = math_function_find(call.text);
	if (call.function == NULL && meant != NULL)
		return math_fail(arena, parse->lex.fault, call.column,
		    "functions are upper case: write %s, not %.*s", meant->name,
		    SPAN_ARGS(call.text));
	if (call.function == NULL)
		return math_fail(arena, parse->lex.fault, call.column,
		    "there is no function %.*s%s", SPAN_ARGS(call.text),
		    math_function_hint(arena, call.text));
	if (call.function->code == CODE_REFUSED)
		return math_fail(arena, parse->lex.fault, call.column, "%s",
		    call.function->usage);
	return math_lex_next(&parse->lex) &&
	    math_parse_arguments(parse, TOKEN_CLOSE) &&
	    math_parse_add(parse, call, base, node);
}

/* An id begins with a lower-case letter; all else is a keyword or wrong, which
 * the function that takes it knows. */
static bool
math_parse_name(struct math_parse *parse, unsigned short *node)
{
	struct math_node name = {.kind = MATH_WORD,
	    .text = parse->lex.text,
	    .column = parse->lex.column,
	    .begin = parse->lex.column};

	if (!math_lex_next(&parse->lex))
		return false;
	if (parse->lex.token == TOKEN_OPEN)
		return math_parse_call(parse, name, node);
	if (name.text.at[0] >= 'a' && name.text.at[0] <= 'z')
		name.kind = MATH_QUERY;
	return math_parse_add(parse, name, parse->npending, node);
}

static bool
math_parse_list(struct math_parse *parse, unsigned short *node)
{
	struct math_node list = {.kind = MATH_LIST,
	    .column = parse->lex.column,
	    .begin = parse->lex.column};
	size_t base = parse->npending;

	if (!math_lex_next(&parse->lex) ||
	    !math_parse_arguments(parse, TOKEN_LIST_END))
		return false;
	if (parse->npending == base)
		return math_fail(parse->lex.arena, parse->lex.fault,
		    list.column, "an array needs a time series: [m1, m2]");
	return math_parse_add(parse, list, base, node);
}

static bool
math_parse_group(struct math_parse *parse, unsigned short *node)
{
	if (!math_lex_next(&parse->lex) ||
	    !math_parse_level(parse, LEVEL_LOWEST, node))
		return false;
	if (parse->lex.token != TOKEN_CLOSE)
		return math_parse_fail(parse, "an operator or )");
	return math_lex_next(&parse->lex);
}

/* A minus before a number is the number's own. */
static bool
math_parse_negate(struct math_parse *parse, unsigned short *node)
{
	struct math_node negate = {.kind = MATH_NEGATE,
	    .column = parse->lex.column,
	    .begin = parse->lex.column};
	size_t base = parse->npending;

	if (!math_lex_next(&parse->lex) ||
	    !math_parse_level(parse, LEVEL_NEGATE, node))
		return false;
	if (parse->nodes[*node].kind == MATH_NUMBER) {
		parse->nodes[*node].number = -parse->nodes[*node].number;
		parse->nodes[*node].column = negate.column;
		parse->nodes[*node].begin = negate.begin;
		return true;
	}
	math_parse_push(parse, *node);
	return math_parse_add(parse, negate, base, node);
}

static bool
math_parse_operand_at(struct math_parse *parse, unsigned short *node)
{
	const struct math_lex *lex = &parse->lex;
	struct math_node leaf = {.text = lex->text,
	    .number = lex->number,
	    .column = lex->column,
	    .begin = lex->column};

	switch (lex->token) {
	case TOKEN_NAME:
		return math_parse_name(parse, node);
	case TOKEN_OPEN:
		return math_parse_group(parse, node);
	case TOKEN_LIST:
		return math_parse_list(parse, node);
	case TOKEN_OPERATOR:
		if (lex->sign == MATH_SUBTRACT)
			return math_parse_negate(parse, node);
		return math_parse_fail(parse, "a value");
	case TOKEN_NUMBER:
	case TOKEN_TEXT:
		leaf.kind =
		    lex->token == TOKEN_NUMBER ? MATH_NUMBER : MATH_TEXT;
		return math_parse_add(parse, leaf, parse->npending, node) &&
		    math_lex_next(&parse->lex);
	default:
		return math_parse_fail(parse, "a value");
	}
}

static bool
math_parse_operand(struct math_parse *parse, unsigned short *node)
{
	if (!math_parse_deeper(parse) || !math_parse_operand_at(parse, node))
		return false;
	parse->depth--;
	return true;
}

/* What stands behind an operator binds more tightly than it; only powers, read
 * from the right, go deeper by that. */
static bool
math_parse_right(
    struct math_parse *parse, enum math_operator sign, unsigned short *node)
{
	int level = math_parse_levels[sign];

	if (sign != MATH_POWER)
		return math_parse_level(parse, level + 1, node);
	if (!math_parse_deeper(parse) || !math_parse_level(parse, level, node))
		return false;
	parse->depth--;
	return true;
}

/* An operand, and all that binds at least as tightly as `least` behind it. */
static bool
math_parse_level(struct math_parse *parse, int least, unsigned short *node)
{
	unsigned short right;

	if (!math_parse_operand(parse, node))
		return false;
	while (parse->lex.token == TOKEN_OPERATOR &&
	    math_parse_levels[parse->lex.sign] >= least) {
		struct math_node binary = {.kind = MATH_BINARY,
		    .sign = parse->lex.sign,
		    .text = parse->lex.text,
		    .column = parse->lex.column};
		size_t base = parse->npending;

		binary.begin = parse->nodes[*node].begin;
		math_parse_push(parse, *node);
		if (!math_lex_next(&parse->lex) ||
		    !math_parse_right(parse, binary.sign, &right))
			return false;
		math_parse_push(parse, right);
		if (!math_parse_add(parse, binary, base, node))
			return false;
	}
	return true;
}

bool
math_parse(struct math_parse *parse, struct arena *arena,
    struct span expression, struct math_fault *fault)
{
	unsigned short whole;

	parse->depth = 0;
	parse->count = 0;
	parse->npending = 0;
	if (!math_lex_init(&parse->lex, arena, expression, fault))
		return false;
	if (parse->lex.token == TOKEN_END)
		return math_fail(arena, fault, 0, "the expression is empty");
	if (!math_parse_level(parse, LEVEL_LOWEST, &whole))
		return false;
	if (parse->lex.token == TOKEN_END)
		return true;
	return math_parse_fail(parse, "an operator or the end");
}
