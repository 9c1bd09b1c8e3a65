#include "differential/otlp_tree.h"

#include <stdio.h>
#include <stdlib.h>

#include "pipeline/decode/translate.h"

struct otlp_tree_point {
	const Otlp__ResourceMetrics *all;
	const Otlp__Metric *metric;
	const Otlp__Point *point;
};

static const char *
tree_text(const Otlp__AnyValue *any)
{
	return any != NULL &&
		any->value_case == OTLP__ANY_VALUE__VALUE_STRING_VALUE
	    ? any->string_value
	    : "";
}

/* The last attribute of this name; "" when it is no text. */
static const char *
tree_attribute(size_t n, Otlp__KeyValue *const *pairs, const char *key)
{
	const char *found = "";

	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i]->key, key) == 0)
			found = tree_text(pairs[i]->value);
	return found;
}

static bool
tree_is_resource(const struct series_key *key, const Otlp__Resource *from)
{
	return from != NULL &&
	    span_is(key->account,
		tree_attribute(from->n_attributes, from->attributes,
		    "cloud.account.id")) &&
	    span_is(key->region,
		tree_attribute(
		    from->n_attributes, from->attributes, "cloud.region"));
}

static bool
tree_has_dimension(
    const struct series_key *key, const char *name, const char *value)
{
	for (size_t i = 0; i < key->ndimensions; i++)
		if (span_is(key->dimensions[i].name, name))
			return span_is(key->dimensions[i].value, value);
	return false;
}

/* 0.7: the first Namespace and MetricName that say something are no
 * dimensions. */
static bool
tree_is_labels(const struct series_key *key, const Otlp__Point *point)
{
	const char *namespace = "", *metric = "";
	size_t dimensions = 0;

	for (size_t i = 0; i < point->n_labels; i++) {
		const Otlp__Label *label = point->labels[i];

		if (namespace[0] == '\0' &&
		    strcmp(label->key, "Namespace") == 0)
		namespace = label->value;
		else if (metric[0] == '\0' &&
		    strcmp(label->key, "MetricName") == 0) metric =
		    label->value;
		else if (!tree_has_dimension(
			     key, label->key, label->value)) return false;
		else dimensions++;
	}
	return dimensions == key->ndimensions &&
	    span_is(key->namespace, namespace) && span_is(key->metric, metric);
}

static bool
tree_is_attributes(const struct series_key *key, const Otlp__Point *point)
{
	size_t n = point->n_attributes, dimensions = 0;

	for (size_t i = 0; i < n; i++) {
		const Otlp__AnyValue *any = point->attributes[i]->value;

		if (strcmp(point->attributes[i]->key, "Dimensions") != 0 ||
		    any == NULL ||
		    any->value_case != OTLP__ANY_VALUE__VALUE_KVLIST_VALUE)
			continue;
		for (size_t k = 0; k < any->kvlist_value->n_values; k++) {
			const Otlp__KeyValue *pair =
			    any->kvlist_value->values[k];

			dimensions++;
			if (!tree_has_dimension(
				key, pair->key, tree_text(pair->value)))
				return false;
		}
	}
	return dimensions == key->ndimensions &&
	    span_is(key->namespace,
		tree_attribute(n, point->attributes, "Namespace")) &&
	    span_is(key->metric,
		tree_attribute(n, point->attributes, "MetricName"));
}

static bool
tree_is_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* p99.9 is 0.999: the nearest double of 99.9e-2. */
static bool
tree_is_name(struct span name, double quantile)
{
	char text[48], scaled[80];
	char *power;
	long shift = -2;

	if (name.len < 2 || name.len > 40 || name.at[0] != 'p')
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)(name.len - 1), name.at + 1);
	power = strchr(text, 'e');
	if (power != NULL) {
		shift += strtol(power + 1, NULL, 10);
		*power = '\0';
	}
	snprintf(scaled, sizeof(scaled), "%se%ld", text, shift);
	return strtod(scaled, NULL) == quantile;
}

static bool
tree_is_figures(const struct point *p, const Otlp__Point *point)
{
	size_t statistics = 0;

	for (size_t i = 0; i < point->n_quantile_values; i++) {
		const Otlp__Quantile *q = point->quantile_values[i];
		const struct statistic *s = &p->statistics[statistics];

		if (q->quantile == 0 || q->quantile == 1) {
			if (!tree_is_bits(
				q->quantile == 0 ? p->min : p->max, q->value))
				return false;
			continue;
		}
		if (statistics++ == p->nstatistics ||
		    !tree_is_name(s->name, q->quantile) ||
		    !tree_is_bits(s->value, q->value))
			return false;
	}
	return statistics == p->nstatistics &&
	    p->timestamp_ms ==
	    (int64_t)(point->start_time_unix_nano / 1000000) &&
	    tree_is_bits(p->sum, point->sum) &&
	    tree_is_bits(p->count, (double)point->count);
}

static bool
tree_is_point(const struct point *p, const struct otlp_tree_point *from)
{
	const struct series_key *key = p->known != NULL ? p->known : &p->series;

	return tree_is_figures(p, from->point) &&
	    tree_is_resource(key, from->all->resource) &&
	    span_equal(
		key->unit, translate_unit(span_text(from->metric->unit))) &&
	    (from->point->n_labels > 0 ? tree_is_labels(key, from->point)
				       : tree_is_attributes(key, from->point));
}

/* Steps over every point of the tree with what was decoded beside it. */
struct otlp_tree_walk {
	const struct decoded *out;
	size_t at, others;
};

static void
tree_metric(struct otlp_tree_walk *walk, const Otlp__ResourceMetrics *all,
    const Otlp__Metric *metric)
{
	const Otlp__Summary *summary = metric->summary;

	for (size_t i = 0; summary != NULL && i < summary->n_data_points; i++) {
		const struct otlp_tree_point from = {
		    all, metric, summary->data_points[i]};

		if (walk->at < walk->out->npoints &&
		    tree_is_point(&walk->out->points[walk->at], &from))
			walk->at++;
		else
			walk->others++;
	}
}

const char *
otlp_tree_compare(const Otlp__Request *request, const struct decoded *out,
    size_t first, size_t nrejects, size_t *points)
{
	struct otlp_tree_walk walk = {out, first, 0};

	for (size_t i = 0; i < request->n_resource_metrics; i++) {
		const Otlp__ResourceMetrics *all = request->resource_metrics[i];

		for (size_t k = 0; k < all->n_scope_metrics; k++)
			for (size_t m = 0; m < all->scope_metrics[k]->n_metrics;
			     m++)
				tree_metric(&walk, all,
				    all->scope_metrics[k]->metrics[m]);
	}
	*points += walk.at - first;
	if (walk.at < out->npoints)
		return "a point that is not in the tree";
	return walk.others == nrejects
	    ? NULL
	    : "not as many rejects as the tree has other points";
}

static bool
tree_pairs_are_whole(size_t n, Otlp__KeyValue *const *pairs)
{
	for (size_t i = 0; i < n; i++) {
		const Otlp__AnyValue *any = pairs[i]->value;

		if (any == NULL)
			continue;
		if (any->base.n_unknown_fields > 0)
			return false;
		if (any->value_case == OTLP__ANY_VALUE__VALUE_KVLIST_VALUE &&
		    !tree_pairs_are_whole(
			any->kvlist_value->n_values, any->kvlist_value->values))
			return false;
	}
	return true;
}

static bool
tree_metric_is_whole(const Otlp__Metric *metric)
{
	const Otlp__Summary *summary = metric->summary;

	for (size_t i = 0; summary != NULL && i < summary->n_data_points; i++)
		if (!tree_pairs_are_whole(summary->data_points[i]->n_attributes,
			summary->data_points[i]->attributes))
			return false;
	return true;
}

bool
otlp_tree_is_whole(const Otlp__Request *request, size_t len)
{
	/* What stood twice, or as its default, is not packed again. */
	if (otlp__request__get_packed_size(request) != len)
		return false;
	for (size_t i = 0; i < request->n_resource_metrics; i++) {
		const Otlp__ResourceMetrics *all = request->resource_metrics[i];
		const Otlp__Resource *from = all->resource;

		if (from != NULL &&
		    !tree_pairs_are_whole(from->n_attributes, from->attributes))
			return false;
		for (size_t k = 0; k < all->n_scope_metrics; k++)
			for (size_t m = 0; m < all->scope_metrics[k]->n_metrics;
			     m++)
				if (!tree_metric_is_whole(
					all->scope_metrics[k]->metrics[m]))
					return false;
	}
	return true;
}
