/* ANOMALY_DETECTION_BAND, which stands alone in its expression. */
#include "pipeline/alarm/math/math_fault.h"
#include "pipeline/alarm/math/math_function.h"
#include "pipeline/alarm/math/math_lex.h"

#define BAND "ANOMALY_DETECTION_BAND"
#define BAND_DEVIATIONS 2

static bool
math_band_token(
    struct math_lex *lex, enum math_token token, const char *expected)
{
	if (lex->token == token)
		return math_lex_next(lex);
	return math_fail(lex->arena, lex->fault, lex->column,
	    "expected %s, not %s", expected, math_lex_shown(lex));
}

static bool
math_band_id(struct math_lex *lex, struct span *id)
{
	*id = lex->text;
	if (lex->token == TOKEN_NAME && id->at[0] >= 'a' && id->at[0] <= 'z')
		return math_lex_next(lex);
	return math_fail(lex->arena, lex->fault, lex->column,
	    BAND " takes the id of a query; give an expression a query of its "
		 "own");
}

static bool
math_band_deviations(struct math_lex *lex, double *deviations)
{
	*deviations = BAND_DEVIATIONS;
	if (lex->token != TOKEN_COMMA)
		return true;
	if (!math_lex_next(lex))
		return false;
	*deviations = lex->number;
	if (lex->token == TOKEN_NUMBER && lex->number > 0)
		return math_lex_next(lex);
	return math_fail(lex->arena, lex->fault, lex->column,
	    "a band is a number of standard deviations wide, more than 0");
}

static void
math_band_read(struct math_lex *lex, struct span *id, double *deviations)
{
	const char *close = "a comma or )";

	if (!math_lex_next(lex) || !math_band_id(lex, id))
		return;
	if (lex->token == TOKEN_COMMA)
		close = ")";
	if (!math_band_deviations(lex, deviations) ||
	    !math_band_token(lex, TOKEN_CLOSE, close))
		return;
	if (lex->token != TOKEN_END)
		math_fail(lex->arena, lex->fault, lex->column,
		    BAND " must be an expression of its own, with nothing "
			 "behind it");
}

bool
math_band(struct arena *arena, struct span expression, struct span *id,
    double *deviations, struct math_fault *fault)
{
	const struct math_function *meant;
	struct math_lex lex;
	struct span name;

	*fault = (struct math_fault){0};
	*id = span_make(expression.at, 0);
	*deviations = BAND_DEVIATIONS;
	if (!math_lex_init(&lex, arena, expression, fault) ||
	    lex.token != TOKEN_NAME)
		goto other;
	name = lex.text;
	meant = math_function_meant(name);
	if (meant == NULL || strcmp(meant->name, BAND) != 0 ||
	    !math_lex_next(&lex) || lex.token != TOKEN_OPEN)
		goto other;
	if (!span_is(name, BAND))
		math_fail(arena, fault, 1 + (unsigned)(name.at - expression.at),
		    "functions are upper case: write " BAND ", not %.*s",
		    SPAN_ARGS(name));
	else
		math_band_read(&lex, id, deviations);
	return true;
other:
	/* What is wrong with it is math_compile's to say. */
	*fault = (struct math_fault){0};
	return false;
}
