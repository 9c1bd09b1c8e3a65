/*
 * A composite alarm's rule in words, token by token. The rule was parsed
 * before; what is not known here is passed on as it stands.
 *
 *   ALARM("lag") AND NOT OK(db)        lag is in ALARM, and not db is OK
 *   AT_LEAST(2, ALARM, (a, b, c))      at least 2 of (a, b, c) are in ALARM
 */
#include <ctype.h>

#include "app/explain.h"

struct rule_words {
	struct span left;
	struct buf *out;
};

static void
rule_space(struct rule_words *r)
{
	while (r->left.len > 0 && isspace((unsigned char)r->left.at[0])) {
		r->left.at++;
		r->left.len--;
	}
}

static bool
rule_byte(struct rule_words *r, char byte)
{
	rule_space(r);
	if (r->left.len == 0 || r->left.at[0] != byte)
		return false;
	r->left.at++;
	r->left.len--;
	return true;
}

/* A keyword or an unquoted name. */
static struct span
rule_word(struct rule_words *r)
{
	struct span word;
	size_t len = 0;

	rule_space(r);
	word = r->left;
	while (len < r->left.len && !isspace((unsigned char)r->left.at[len]) &&
	    strchr("(),\"", r->left.at[len]) == NULL)
		len++;
	word.len = len;
	r->left.at += len;
	r->left.len -= len;
	return word;
}

/* A name with or without quotes; of an ARN only what is behind :alarm:. */
static void
rule_name(struct rule_words *r)
{
	struct buf name = {0};
	const char *own;
	struct span text;

	if (rule_byte(r, '"')) {
		while (r->left.len > 0 && r->left.at[0] != '"') {
			if (r->left.at[0] == '\\' && r->left.len > 1) {
				r->left.at++;
				r->left.len--;
			}
			buf_byte(&name, r->left.at[0]);
			r->left.at++;
			r->left.len--;
		}
		rule_byte(r, '"');
	} else
		buf_span_put(&name, rule_word(r));
	text = buf_span(&name);
	own = span_starts(text, "arn:")
	    ? memmem(text.at, text.len, ":alarm:", 7)
	    : NULL;
	if (own != NULL)
		text =
		    span_make(own + 7, text.len - (size_t)(own + 7 - text.at));
	buf_printf(r->out, "\"%.*s\"", SPAN_ARGS(text));
	buf_fini(&name);
}

static const char *
rule_state(struct span word)
{
	if (span_is(word, "ALARM"))
		return "in ALARM";
	if (span_is(word, "OK"))
		return "OK";
	return span_is(word, "INSUFFICIENT_DATA") ? "in INSUFFICIENT_DATA"
						  : NULL;
}

/* Behind AT_LEAST: (2, ALARM, (a, b)). */
static void
rule_at_least(struct rule_words *r)
{
	const char *state;
	struct span count, word;
	bool not = false;

	rule_byte(r, '(');
	count = rule_word(r);
	rule_byte(r, ',');
	word = rule_word(r);
	if (span_is(word, "NOT")) {
		not = true;
		word = rule_word(r);
	}
	state = rule_state(word);
	rule_byte(r, ',');
	rule_byte(r, '(');
	buf_printf(r->out, "at least %.*s of (", SPAN_ARGS(count));
	do
		rule_name(r);
	while (rule_byte(r, ',') && (buf_text(r->out, ", "), true));
	rule_byte(r, ')');
	rule_byte(r, ')');
	buf_printf(r->out, ") are %s%s", not ? "not " : "",
	    state == NULL ? "" : state);
}

static void
rule_keyword(struct rule_words *r, struct span word)
{
	const char *state = rule_state(word);

	if (state != NULL && rule_byte(r, '(')) {
		rule_name(r);
		rule_byte(r, ')');
		buf_printf(r->out, " is %s", state);
	} else if (span_is(word, "AT_LEAST"))
		rule_at_least(r);
	else if (span_is(word, "AND"))
		buf_text(r->out, " and ");
	else if (span_is(word, "OR"))
		buf_text(r->out, " or ");
	else if (span_is(word, "NOT"))
		buf_text(r->out, "not ");
	else if (span_is(word, "TRUE"))
		buf_text(r->out, "always");
	else if (span_is(word, "FALSE"))
		buf_text(r->out, "never");
	else
		buf_span_put(r->out, word);
}

void
explain_rule(struct buf *out, struct span rule)
{
	struct rule_words r = {rule, out};

	buf_text(out, "when ");
	while (r.left.len > 0) {
		size_t before = r.left.len;

		if (rule_byte(&r, '('))
			buf_byte(out, '(');
		else if (rule_byte(&r, ')'))
			buf_byte(out, ')');
		else if (r.left.len > 0)
			rule_keyword(&r, rule_word(&r));
		if (r.left.len == before)
			break;
	}
	buf_text(out,
	    ". It is looked at when one of these alarms changes, at most once "
	    "a tick.");
}
