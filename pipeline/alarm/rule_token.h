/* The words of a composite alarm's rule, one after the other. */
#ifndef PIPELINE_ALARM_RULE_TOKEN_H
#define PIPELINE_ALARM_RULE_TOKEN_H

#include "base/span.h"

enum rule_token_kind {
	RULE_END,
	RULE_OPEN,
	RULE_CLOSE,
	RULE_COMMA,
	RULE_WORD,
	RULE_QUOTED, /* text is what stands between the quotes */
	RULE_TORN    /* a quote that nothing closes */
};

struct rule_token {
	enum rule_token_kind kind;
	struct span text;
	size_t at; /* byte in the rule */
};

struct rule_text {
	struct span all;
	size_t at; /* behind the token given last */
};

/* The next one; at the end RULE_END, as often as it is asked. */
struct rule_token rule_token(struct rule_text *text);

#endif
