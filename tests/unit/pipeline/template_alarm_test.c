/* The same alarms from every form, as the one reader reads them: compared
 * field by field. */
#include "template_fixture.h"

#include "pipeline/alarm/definition/definition.h"
#include "pipeline/alarm/mute.h"
#include "pipeline/alarm/rule.h"

static void
print_span(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, " %s=", name);
	buf_json(out, text);
}

static void
print_spans(
    struct buf *out, const char *name, const struct span *at, size_t count)
{
	buf_printf(out, " %s:%zu", name, count);
	for (size_t i = 0; i < count; i++)
		print_span(out, "", at[i]);
}

static void
print_metric(struct buf *out, const struct alarm_metric *m)
{
	print_span(out, "namespace", m->namespace);
	print_span(out, "metric", m->metric);
	print_span(out, "unit", m->unit);
	for (size_t i = 0; i < m->ndimensions; i++) {
		print_span(out, "dimension", m->dimensions[i].name);
		print_span(out, "value", m->dimensions[i].value);
		print_span(out, "given", m->given[i].name);
		print_span(out, "value", m->given[i].value);
	}
	print_spans(out, "accounts", m->accounts.at, m->accounts.count);
	print_spans(out, "regions", m->regions.at, m->regions.count);
	buf_printf(out, " statistic=%d", (int)m->statistic);
	print_span(out, "stat", m->stat);
	buf_printf(out, " period=%lld", (long long)m->period_ms);
}

static void
print_queries(struct buf *out, const struct alarm *a)
{
	for (size_t i = 0; i < a->nmetrics; i++)
		print_metric(out, &a->metrics[i]);
	for (size_t i = 0; i < a->nqueries; i++) {
		const struct alarm_query *q = &a->queries[i];

		print_span(out, "id", q->id);
		print_span(out, "label", q->label);
		print_span(out, "expression", q->expression);
		print_span(out, "account", q->account);
		buf_printf(out, " %d %d %lld %zd %d", q->labelled,
		    q->return_data, (long long)q->period_ms,
		    q->metric == NULL ? -1 : q->metric - a->metrics,
		    q->math != NULL);
	}
	buf_printf(out, " returned=%zu banded=%zu deviations=%g insights=%d",
	    a->returned, a->banded, a->deviations, a->insights != NULL);
	print_span(out, "band", a->threshold_metric_id);
	print_spans(out, "accounts", a->accounts.at, a->accounts.count);
	print_spans(out, "regions", a->regions.at, a->regions.count);
}

/* All but when it was configured, which a template cannot know. */
static void
print_alarm(struct buf *out, const struct alarm *a)
{
	buf_printf(out, "kind=%d", (int)a->kind);
	print_span(out, "name", a->name);
	print_span(out, "arn", a->arn);
	print_span(out, "account", a->account);
	print_span(out, "region", a->region);
	print_span(out, "description", a->description);
	print_span(out, "runbook", a->runbook);
	for (int i = 0; i < 3; i++)
		print_spans(
		    out, "actions", a->actions[i].at, a->actions[i].count);
	buf_printf(out, " %d %d delay=%lld", a->described, a->actions_enabled,
	    (long long)a->delay_ms);
	buf_printf(out, " period=%lld n=%lld m=%lld %d operator=%d",
	    (long long)a->period_ms, (long long)a->evaluation_periods,
	    (long long)a->datapoints_to_alarm, a->datapoints_given,
	    (int)a->operator);
	buf_printf(out, " threshold=%.17g missing=%d %d samples=%.17g",
	    a->threshold, (int)a->missing, a->missing_given, a->samples_needed);
	print_span(out, "low_samples", a->low_samples);
	print_span(out, "timezone", a->timezone);
	buf_printf(out, " zone=%d warm_up=%lld %d", a->wall_clock != NULL,
	    (long long)a->warm_up_ms, a->warm_up_waits);
	print_queries(out, a);
	print_span(out, "rule", a->rule_text);
	buf_printf(out, " rule=%d", a->rule != NULL);
	print_span(out, "suppressor", a->suppressor);
	buf_printf(out, " wait=%lld extension=%lld\n",
	    (long long)a->suppressor_wait_ms,
	    (long long)a->suppressor_extension_ms);
}

static void
print_mute(struct buf *out, const struct mute *m)
{
	buf_text(out, "mute");
	print_span(out, "name", m->name);
	print_span(out, "description", m->description);
	print_spans(out, "alarms", m->alarms, m->nalarms);
	print_span(out, "expression", m->expression);
	print_span(out, "duration", m->duration);
	print_span(out, "timezone", m->timezone);
	buf_printf(out, " %d %lld %lld %lld\n", m->once,
	    (long long)m->duration_ms, (long long)m->start_ms,
	    (long long)m->expire_ms);
}

static int
by_name(const void *a, const void *b)
{
	const struct alarm *left = a, *right = b;

	return span_compare(left->name, right->name);
}

static void
print_files(const char *one, const char *other, struct buf *out)
{
	const struct definition_scope scope = {
	    .account = SPAN_OF("111122223333"), .region = SPAN_OF("us-east-2")};
	struct definitions all = {0};
	struct mute mute = {0};
	struct read r;

	read_begin(&r, "Prefix=payments");
	read_file(&r, one);
	if (other != NULL)
		read_file(&r, other);
	for (size_t i = 0; i < r.alarms.count; i++)
		if (template_mutes(r.alarms.at[i]))
			ck_assert(mute_read(
			    &mute, &r.arena, r.alarms.at[i], &r.faults));
		else
			definition_read_one(
			    &all, &r.arena, r.alarms.at[i], &scope, &r.faults);
	definitions_link(&all, &r.arena, &r.faults);
	if (r.faults.count > 0)
		faults_print(&r.faults, stderr);
	ck_assert_uint_eq(r.faults.count, 0);
	ck_assert_uint_eq(all.count, 7);
	qsort(all.alarms, all.count, sizeof(*all.alarms), by_name);
	for (size_t i = 0; i < all.count; i++)
		print_alarm(out, &all.alarms[i]);
	print_mute(out, &mute);
	read_done(&r);
}

START_TEST(every_form_is_read_alike)
{
	static const char *const files[] = {"cloudformation.json",
	    "cloudformation.yaml", "terraform-plan.json",
	    "terraform-show.json"};
	struct buf wanted = {0};

	print_files("describe-alarms.json", "mute-rule.json", &wanted);
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

/* What goes into the journal's config entry is read back as the same. */
START_TEST(printed_nodes_are_read_alike)
{
	struct buf text = {0}, first = {0}, second = {0};
	struct read r, again;

	read_begin(&r, "Prefix=payments");
	read_file(&r, "cloudformation.yaml");
	buf_byte(&text, '[');
	for (size_t i = 0; i < r.alarms.count; i++) {
		if (i > 0)
			buf_byte(&text, ',');
		tree_print(r.alarms.at[i], &text);
	}
	buf_byte(&text, ']');
	read_begin(&again, "");
	read_text(&again, buf_span(&text), "config");
	ck_assert_uint_eq(again.alarms.count, 8);
	read_print(&r, &first);
	read_print(&again, &second);
	ck_assert(span_equal(buf_span(&first), buf_span(&second)));
	buf_fini(&text);
	buf_fini(&first);
	buf_fini(&second);
	read_done(&again);
	read_done(&r);
}
END_TEST

TEST_MAIN(
    "template_alarm", every_form_is_read_alike, printed_nodes_are_read_alike)
