#include <ctype.h>

#include "base/limits.h"
#include "pipeline/alarm/rule_node.h"
#include "pipeline/alarm/rule_token.h"

struct rule_parser {
	struct arena *arena;
	struct rule_text text;
	struct rule_token token;
	struct rule_fault *fault;
	bool failed; /* the first fault stands */
	unsigned depth, elements;
	struct span children[LIMIT_RULE_CHILDREN];
	size_t nchildren;
	/* Of the AT_LEAST being read; one more, for a name too many. */
	size_t listed[LIMIT_RULE_ELEMENTS + 1];
};

/* What may stand where, as CloudWatch lists it. */
#define RULE_WANTS_PART                                                        \
	"'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"
#define RULE_WANTS_STATE "'NOT', ALARM, OK, or INSUFFICIENT_DATA"
#define RULE_WANTS_NAME                                                        \
	"'NOT', 'AND', 'OR', 'AT_LEAST', NUMBER, PERCENTAGE NUMBER, TRUE or "  \
	"FALSE, ALARM, OK, or INSUFFICIENT_DATA, unquoted alarm name, quoted " \
	"alarm name"

static const char *const rule_words[] = {
    "AND", "OR", "NOT", "TRUE", "FALSE", "AT_LEAST", NULL};

static const struct rule_node *rule_either(struct rule_parser *p);

/* Characters before byte `at`. */
static unsigned
rule_characters(const struct rule_parser *p, size_t at)
{
	unsigned count = 0;

	for (size_t i = 0; i < at; i++)
		count += (p->text.all.at[i] & 0xc0) != 0x80;
	return count;
}

static void
rule_next(struct rule_parser *p)
{
	p->token = rule_token(&p->text);
}

static bool
rule_fail(struct rule_parser *p, size_t at, const char *text)
{
	if (!p->failed) {
		p->fault->column = rule_characters(p, at) + 1;
		p->fault->text = text;
	}
	p->failed = true;
	return false;
}

static bool
rule_same(struct span word, const char *upper)
{
	if (word.len != strlen(upper))
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (toupper((unsigned char)word.at[i]) != upper[i])
			return false;
	return true;
}

/* What somebody who wrote this word likely meant; "" when it is not known. */
static const char *
rule_advice(struct rule_parser *p, struct span word)
{
	const char *meant = NULL;

	for (size_t i = 0; rule_words[i] != NULL; i++)
		if (rule_same(word, rule_words[i]))
			meant = rule_words[i];
	for (size_t i = STATE_INSUFFICIENT_DATA; i <= STATE_ALARM; i++)
		if (rule_same(word, alarm_state_names[i]))
			meant = alarm_state_names[i];
	if (span_is(word, "&&") || span_is(word, "&"))
		meant = "AND";
	if (span_is(word, "||") || span_is(word, "|"))
		meant = "OR";
	if (meant != NULL && !span_is(word, meant))
		return arena_printf(
		    p->arena, "; `%.*s` must be %s", SPAN_ARGS(word), meant);
	if (word.len > 0 && word.at[0] == '!')
		return "; `!` must be NOT";
	return "";
}

static bool
rule_unsupported(struct rule_parser *p, const char *wanted, const char *advice)
{
	struct span text = p->token.text;

	if (p->token.kind == RULE_TORN)
		return rule_fail(p, p->token.at,
		    "Error in AlarmRule: the quote that opens here is not "
		    "closed");
	if (p->token.kind == RULE_END)
		text = SPAN_OF("<EOF>");
	if (text.len > LIMIT_NAME)
		text.len = LIMIT_NAME;
	return rule_fail(p, p->token.at,
	    arena_printf(p->arena,
		"Error in AlarmRule [Unsupported token '%.*s' at char %u, "
		"must be: %s]%s",
		SPAN_ARGS(text), rule_characters(p, p->token.at), wanted,
		advice));
}

static bool
rule_at(const struct rule_parser *p, const char *word)
{
	return p->token.kind == RULE_WORD && span_is(p->token.text, word);
}

/* Steps over the mark, or fails. */
static bool
rule_take(struct rule_parser *p, enum rule_token_kind kind, const char *advice)
{
	static const char *const marks[] = {
	    [RULE_OPEN] = "'('", [RULE_CLOSE] = "')'", [RULE_COMMA] = "','"};

	if (p->failed)
		return false;
	if (p->token.kind != kind)
		return rule_unsupported(p, marks[kind], advice);
	rule_next(p);
	return true;
}

static bool
rule_count(struct rule_parser *p)
{
	if (++p->elements <= LIMIT_RULE_ELEMENTS)
		return true;
	return rule_fail(p, p->token.at,
	    arena_printf(p->arena,
		"Error in AlarmRule: more than %d elements (alarms, TRUE, "
		"FALSE and parentheses)",
		LIMIT_RULE_ELEMENTS));
}

/* A quoted name without its backslashes. */
static struct span
rule_unescape(struct rule_parser *p, struct span text)
{
	char *out = arena_alloc(p->arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\' && i + 1 < text.len &&
		    (text.at[i + 1] == '"' || text.at[i + 1] == '\\'))
			i++;
		out[len++] = text.at[i];
	}
	return span_make(out, len);
}

/* An alarm's name; its index among the children. */
static bool
rule_name(struct rule_parser *p, size_t *index)
{
	struct span name = p->token.text;

	if (p->failed)
		return false;
	if (p->token.kind != RULE_WORD && p->token.kind != RULE_QUOTED)
		return rule_unsupported(p, RULE_WANTS_NAME, "");
	if (p->token.kind == RULE_QUOTED)
		name = rule_unescape(p, name);
	if (name.len == 0)
		return rule_fail(p, p->token.at,
		    "Error in AlarmRule: an alarm's name is empty");
	if (!rule_count(p))
		return false;
	for (*index = 0; *index < p->nchildren; ++*index)
		if (span_equal(p->children[*index], name))
			break;
	if (*index == LIMIT_RULE_CHILDREN)
		return rule_fail(p, p->token.at,
		    arena_printf(p->arena,
			"Error in AlarmRule: more than %d different alarms",
			LIMIT_RULE_CHILDREN));
	if (*index == p->nchildren)
		p->children[p->nchildren++] = arena_copy(p->arena, name);
	rule_next(p);
	return true;
}

/* "ALARM", "OK" or "INSUFFICIENT_DATA": true, and the token is taken. */
static bool
rule_state(struct rule_parser *p, enum alarm_state *state)
{
	for (size_t i = STATE_INSUFFICIENT_DATA; i <= STATE_ALARM; i++)
		if (rule_at(p, alarm_state_names[i])) {
			*state = (enum alarm_state)i;
			rule_next(p);
			return true;
		}
	return false;
}

/* Behind the name of a function. */
static void
rule_function(struct rule_parser *p, struct rule_node *node)
{
	size_t *alarm = arena_alloc(p->arena, sizeof(*alarm));

	node->kind = RULE_STATES;
	node->alarms = alarm;
	node->nalarms = node->least = 1;
	if (!rule_take(p, RULE_OPEN, "") || !rule_name(p, alarm))
		return;
	rule_take(p, RULE_CLOSE,
	    p->token.kind == RULE_WORD || p->token.kind == RULE_QUOTED
		? "; a name with spaces stands in double quotes"
		: "");
}

/* Digits, maybe with a percent sign; numbers too large stay too large. */
static bool
rule_least(struct rule_parser *p, int *number, bool *percent)
{
	struct span text = p->token.text;

	if (p->failed)
		return false;
	*percent = text.len > 1 && text.at[text.len - 1] == '%';
	*number = 0;
	if (p->token.kind != RULE_WORD)
		return rule_unsupported(p, "NUMBER, PERCENTAGE NUMBER", "");
	for (size_t i = 0; i < text.len - *percent; i++) {
		if (!isdigit((unsigned char)text.at[i]))
			return rule_unsupported(p, "NUMBER, PERCENTAGE NUMBER",
			    "; whole numbers only");
		if (*number <= LIMIT_RULE_BYTES)
			*number = *number * 10 + (text.at[i] - '0');
	}
	rule_next(p);
	return true;
}

/* The names between AT_LEAST's inner parentheses. */
static void
rule_names(struct rule_parser *p, struct rule_node *node)
{
	size_t *alarms;

	if (!rule_take(p, RULE_OPEN, ""))
		return;
	while (rule_name(p, &p->listed[node->nalarms])) {
		node->nalarms++;
		if (p->token.kind != RULE_COMMA)
			break;
		rule_next(p);
	}
	rule_take(p, RULE_CLOSE, "");
	alarms = arena_alloc(p->arena, node->nalarms * sizeof(*alarms));
	memcpy(alarms, p->listed, node->nalarms * sizeof(*alarms));
	node->alarms = alarms;
}

/* The bounds hold for the alarms listed, so they are looked at behind them. */
static void
rule_bound(struct rule_parser *p, struct rule_node *node, size_t at, int number,
    bool percent)
{
	if (p->failed)
		return;
	if (percent && (number < 1 || number > 100)) {
		rule_fail(p, at,
		    "Error in AlarmRule [AT_LEAST percentage threshold must "
		    "be between 1 and 100]");
		return;
	}
	if (!percent && (number < 1 || (size_t)number > node->nalarms)) {
		rule_fail(p, at,
		    arena_printf(p->arena,
			"Error in AlarmRule [AT_LEAST absolute threshold must "
			"be between 1 and number of alarms (%zu)]",
			node->nalarms));
		return;
	}
	node->least = (size_t)number;
	if (percent)
		node->least = ((size_t)number * node->nalarms + 99) / 100;
}

/* Behind "AT_LEAST". */
static void
rule_at_least(struct rule_parser *p, struct rule_node *node)
{
	bool percent;
	size_t at;
	int number;

	node->kind = RULE_STATES;
	if (!rule_take(p, RULE_OPEN, ""))
		return;
	at = p->token.at;
	if (!rule_least(p, &number, &percent) || !rule_take(p, RULE_COMMA, ""))
		return;
	if (rule_at(p, "NOT")) {
		node->other_states = true;
		rule_next(p);
	}
	if (!rule_state(p, &node->state)) {
		rule_unsupported(
		    p, RULE_WANTS_STATE, rule_advice(p, p->token.text));
		return;
	}
	if (!rule_take(p, RULE_COMMA, ""))
		return;
	rule_names(p, node);
	rule_take(p, RULE_CLOSE, "");
	rule_bound(p, node, at, number, percent);
}

/* Behind "(": a rule in parentheses, with the NOTs before it. */
static const struct rule_node *
rule_group(struct rule_parser *p, bool negated)
{
	const struct rule_node *inner;
	struct rule_node *node;

	if (++p->depth > LIMIT_RULE_DEPTH) {
		rule_fail(p, p->token.at,
		    arena_printf(p->arena,
			"Error in AlarmRule: parentheses nest more than %d "
			"deep",
			LIMIT_RULE_DEPTH));
		return NULL;
	}
	if (!rule_count(p))
		return NULL;
	rule_next(p);
	inner = rule_either(p);
	if (p->failed)
		return NULL;
	if (p->token.kind != RULE_CLOSE) {
		rule_unsupported(
		    p, "')', 'AND', 'OR'", rule_advice(p, p->token.text));
		return NULL;
	}
	if (!rule_count(p))
		return NULL;
	rule_next(p);
	p->depth--;
	node = arena_alloc(p->arena, sizeof(*node));
	*node = *inner;
	node->negated = inner->negated != negated;
	node->next = NULL;
	return node;
}

/* One part, with the NOTs before it: of those only odd or even matters. */
static const struct rule_node *
rule_part(struct rule_parser *p)
{
	struct rule_node *node;
	bool negated = false;

	for (; rule_at(p, "NOT"); rule_next(p))
		negated = !negated;
	if (p->token.kind == RULE_OPEN)
		return rule_group(p, negated);
	node = arena_alloc(p->arena, sizeof(*node));
	node->negated = negated;
	if (rule_at(p, "TRUE") || rule_at(p, "FALSE")) {
		node->truth = rule_at(p, "TRUE");
		if (rule_count(p))
			rule_next(p);
	} else if (rule_at(p, "AT_LEAST")) {
		rule_next(p);
		rule_at_least(p, node);
	} else if (rule_state(p, &node->state)) {
		rule_function(p, node);
	} else {
		rule_unsupported(
		    p, RULE_WANTS_PART, rule_advice(p, p->token.text));
	}
	return p->failed ? NULL : node;
}

/* Parts of one kind, joined by `word`; one alone stays what it is. */
static const struct rule_node *
rule_joined(struct rule_parser *p, enum rule_kind kind, const char *word,
    const struct rule_node *(*part)(struct rule_parser *))
{
	struct rule_node *node = arena_alloc(p->arena, sizeof(*node));
	struct rule_node **end = &node->first;
	size_t count = 0;

	node->kind = kind;
	for (;;) {
		const struct rule_node *one = part(p);

		if (one == NULL)
			return NULL;
		*end = arena_alloc(p->arena, sizeof(**end));
		**end = *one;
		end = &(*end)->next;
		count++;
		if (!rule_at(p, word))
			break;
		rule_next(p);
	}
	return count == 1 ? node->first : node;
}

static const struct rule_node *
rule_both(struct rule_parser *p)
{
	return rule_joined(p, RULE_AND, "AND", rule_part);
}

static const struct rule_node *
rule_either(struct rule_parser *p)
{
	return rule_joined(p, RULE_OR, "OR", rule_both);
}

/* Captured: with nothing behind what is too much, AND and OR are not among
 * what CloudWatch would have liked there. */
static void
rule_too_much(struct rule_parser *p)
{
	struct rule_text behind = p->text;
	const char *advice = rule_advice(p, p->token.text);

	rule_unsupported(p,
	    rule_token(&behind).kind == RULE_END ? "<EOF>"
						 : "<EOF>, 'AND', 'OR'",
	    advice);
}

const struct rule *
rule_parse(struct arena *arena, struct span text, struct rule_fault *fault)
{
	struct rule_parser p = {
	    .arena = arena, .text = {text, 0}, .fault = fault};
	struct rule *rule = arena_alloc(arena, sizeof(*rule));
	struct span *children;

	if (text.len == 0 || rule_characters(&p, text.len) > LIMIT_RULE_BYTES) {
		rule_fail(&p, 0,
		    arena_printf(arena,
			"AlarmRule must have 1 to %d characters",
			LIMIT_RULE_BYTES));
		return NULL;
	}
	rule_next(&p);
	rule->root = rule_either(&p);
	if (!p.failed && p.token.kind != RULE_END)
		rule_too_much(&p);
	if (p.failed)
		return NULL;
	children = arena_alloc(arena, (p.nchildren + 1) * sizeof(*children));
	memcpy(children, p.children, p.nchildren * sizeof(*children));
	rule->children = children;
	rule->nchildren = p.nchildren;
	return rule;
}
