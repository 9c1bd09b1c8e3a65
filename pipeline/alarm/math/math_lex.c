#include "pipeline/alarm/math/math_lex.h"

#include <math.h>
#include <stdlib.h>

#include "pipeline/alarm/math/math_fault.h"

static bool
math_lex_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
math_lex_is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The byte that far behind the token's first; 0 past the end. */
static int
math_lex_peek(const struct math_lex *lex, size_t offset)
{
	return lex->at + offset < lex->all.len
	    ? (unsigned char)lex->all.at[lex->at + offset]
	    : 0;
}

static size_t
math_lex_digits(const struct math_lex *lex, size_t len)
{
	while (math_lex_is_digit(math_lex_peek(lex, len)))
		len++;
	return len;
}

static bool
math_lex_take(struct math_lex *lex, enum math_token token, size_t len)
{
	lex->token = token;
	lex->text = span_make(lex->all.at + lex->at, len);
	lex->at += len;
	return true;
}

/* 5 2.5 .5 1e3 */
static bool
math_lex_number(struct math_lex *lex)
{
	size_t len = math_lex_digits(lex, 0), digits = len, exponent;

	if (math_lex_peek(lex, len) == '.') {
		len = math_lex_digits(lex, len + 1);
		if (len == digits + 1)
			return math_fail(lex->arena, lex->fault, lex->column,
			    "a number needs digits behind its point: 2.0");
	}
	if (math_lex_peek(lex, len) == 'e' || math_lex_peek(lex, len) == 'E') {
		exponent = len + 1;
		if (math_lex_peek(lex, exponent) == '+' ||
		    math_lex_peek(lex, exponent) == '-')
			exponent++;
		if (math_lex_digits(lex, exponent) > exponent)
			len = math_lex_digits(lex, exponent);
	}
	if (math_lex_is_letter(math_lex_peek(lex, len)))
		return math_fail(lex->arena, lex->fault, lex->column,
		    "a name begins with a letter, and a number is written "
		    "apart from it: 2*m1");
	math_lex_take(lex, TOKEN_NUMBER, len);
	lex->number = strtod(arena_text(lex->arena, lex->text), NULL);
	if (!isfinite(lex->number))
		return math_fail(lex->arena, lex->fault, lex->column,
		    "the number is too large");
	return true;
}

static bool
math_lex_text(struct math_lex *lex, int quote)
{
	size_t len = 1;

	while (math_lex_peek(lex, len) != 0 && math_lex_peek(lex, len) != quote)
		len++;
	if (math_lex_peek(lex, len) != quote)
		return math_fail(lex->arena, lex->fault, lex->column,
		    "the text has no closing %c", quote);
	math_lex_take(lex, TOKEN_TEXT, len + 1);
	lex->text = span_make(lex->text.at + 1, len - 1);
	return true;
}

static bool
math_lex_name(struct math_lex *lex)
{
	size_t len = 1;

	while (math_lex_is_letter(math_lex_peek(lex, len)) ||
	    math_lex_is_digit(math_lex_peek(lex, len)))
		len++;
	math_lex_take(lex, TOKEN_NAME, len);
	if (span_is(lex->text, "AND")) {
		lex->token = TOKEN_OPERATOR;
		lex->sign = MATH_AND;
	} else if (span_is(lex->text, "OR")) {
		lex->token = TOKEN_OPERATOR;
		lex->sign = MATH_OR;
	}
	return true;
}

static const struct {
	const char *text; /* those of two signs first */
	enum math_token token;
	enum math_operator sign;
} math_lex_signs[] = {
    {"==", TOKEN_OPERATOR, MATH_EQ},
    {"!=", TOKEN_OPERATOR, MATH_NE},
    {"<=", TOKEN_OPERATOR, MATH_LE},
    {">=", TOKEN_OPERATOR, MATH_GE},
    {"&&", TOKEN_OPERATOR, MATH_AND},
    {"||", TOKEN_OPERATOR, MATH_OR},
    {"<", TOKEN_OPERATOR, MATH_LT},
    {">", TOKEN_OPERATOR, MATH_GT},
    {"+", TOKEN_OPERATOR, MATH_ADD},
    {"-", TOKEN_OPERATOR, MATH_SUBTRACT},
    {"*", TOKEN_OPERATOR, MATH_MULTIPLY},
    {"/", TOKEN_OPERATOR, MATH_DIVIDE},
    {"^", TOKEN_OPERATOR, MATH_POWER},
    {"(", TOKEN_OPEN, 0},
    {")", TOKEN_CLOSE, 0},
    {"[", TOKEN_LIST, 0},
    {"]", TOKEN_LIST_END, 0},
    {",", TOKEN_COMMA, 0},
};

/* What no expression has, and what was most likely meant. */
static bool
math_lex_stray(struct math_lex *lex, int c)
{
	struct span rest =
	    span_make(lex->all.at + lex->at, lex->all.len - lex->at);

	if (c == '=')
		return math_fail(lex->arena, lex->fault, lex->column,
		    "equality is written ==");
	if (c == '!')
		return math_fail(lex->arena, lex->fault, lex->column,
		    "there is no ! alone: write != or x == 0");
	if (c == '&' || c == '|')
		return math_fail(lex->arena, lex->fault, lex->column,
		    "write %s", c == '&' ? "AND or &&" : "OR or ||");
	if (span_starts(rest, "“") || span_starts(rest, "”") ||
	    span_starts(rest, "‘") || span_starts(rest, "’"))
		return math_fail(lex->arena, lex->fault, lex->column,
		    "texts stand in straight quotes: \"errors\"");
	if (c > ' ' && c < 0x7f)
		return math_fail(lex->arena, lex->fault, lex->column,
		    "an expression has no '%c'", c);
	return math_fail(lex->arena, lex->fault, lex->column,
	    "this character has no place in an expression");
}

bool
math_lex_next(struct math_lex *lex)
{
	int c;

	while ((c = math_lex_peek(lex, 0)) == ' ' || c == '\t' || c == '\n' ||
	    c == '\r')
		lex->at++;
	lex->column = math_column(lex->all, lex->at);
	if (lex->at == lex->all.len)
		return math_lex_take(lex, TOKEN_END, 0);
	if (math_lex_is_digit(c) || c == '.')
		return math_lex_number(lex);
	if (math_lex_is_letter(c))
		return math_lex_name(lex);
	if (c == '"' || c == '\'')
		return math_lex_text(lex, c);
	for (size_t i = 0; i < sizeof(math_lex_signs) / sizeof(*math_lex_signs);
	     i++) {
		size_t len = strlen(math_lex_signs[i].text);

		if (lex->all.len - lex->at < len ||
		    memcmp(lex->all.at + lex->at, math_lex_signs[i].text,
			len) != 0)
			continue;
		lex->sign = math_lex_signs[i].sign;
		return math_lex_take(lex, math_lex_signs[i].token, len);
	}
	return math_lex_stray(lex, c);
}

bool
math_lex_init(struct math_lex *lex, struct arena *arena, struct span text,
    struct math_fault *fault)
{
	*lex = (struct math_lex){.all = text, .arena = arena, .fault = fault};
	return math_lex_next(lex);
}

const char *
math_lex_shown(const struct math_lex *lex)
{
	if (lex->token == TOKEN_END)
		return "the end";
	if (lex->token == TOKEN_TEXT)
		return "a text";
	return arena_printf(lex->arena, "\"%.*s\"", SPAN_ARGS(lex->text));
}
