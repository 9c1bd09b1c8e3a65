// simdjson On-Demand, as its documentation recommends for lines of JSON: one
// parser, iterate_many over the whole chunk without a second thread (it has one
// only where SIMDJSON_THREADS_ENABLED is defined), fields
// asked for in the order they come in, get_string for each text.
#include <simdjson.h>

extern "C" {
#include "decoder_tally.h"
}

using simdjson::ondemand::object;

static uint64_t
text(object &line, const char *key)
{
	return std::string_view(line.find_field(key)).size();
}

static void
point(object line, struct tally *tally)
{
	static const char *const figures[] = {"max", "min", "sum", "count"};

	tally->points++;
	tally->names += text(line, "account_id");
	tally->names += text(line, "region");
	tally->names += text(line, "namespace");
	tally->names += text(line, "metric_name");
	object dimensions = line.find_field("dimensions");
	for (auto field : dimensions) {
		tally->names += std::string_view(field.unescaped_key()).size();
		tally->names += std::string_view(field.value()).size();
	}
	tally->times_ms += int64_t(line.find_field("timestamp"));
	object value = line.find_field("value");
	for (const char *figure : figures)
		tally->values += double(value.find_field(figure));
	(void)text(line, "unit");
}

void *
simdjson_make(void)
{
	static_assert(TALLY_PADDING >= simdjson::SIMDJSON_PADDING);
	return new simdjson::ondemand::parser;
}

void
simdjson_tally(
    void *self, const char *bytes, size_t len, struct tally *tally)
{
	auto *parser = static_cast<simdjson::ondemand::parser *>(self);
	simdjson::ondemand::document_stream lines;

	if (parser->iterate_many(bytes, len, 256 * 1024)
		.get(lines) != simdjson::SUCCESS)
		abort();
	for (auto line : lines)
		point(line.get_object(), tally);
}

void
simdjson_close(void *self)
{
	delete static_cast<simdjson::ondemand::parser *>(self);
}
