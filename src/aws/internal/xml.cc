// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/xml.h"

#include <fmt/format.h>

#include <bitset>
#include <pugixml.hpp>

#include "aws/internal/path.h"
#include "aws/internal/scalar.h"
#include "base/text.h"

namespace crossrole::aws::internal {
namespace {

constexpr std::size_t kMaxBody = std::size_t{32} << 20;
constexpr std::size_t kMaxXmlDepth = 64;
constexpr std::size_t kMaxFields = 64;

std::string_view LocalName(pugi::xml_node node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

bool IsTooDeep(pugi::xml_node root) {
  std::size_t depth = 1;
  for (pugi::xml_node node = root; !node.empty();) {
    if (depth > kMaxXmlDepth) return true;
    if (pugi::xml_node child = node.first_child()) {
      node = child;
      ++depth;
      continue;
    }
    while (node != root && node.next_sibling().empty()) {
      node = node.parent();
      --depth;
    }
    if (node == root) return false;
    node = node.next_sibling();
  }
  return false;
}

// pugixml is lenient; what it lets pass and other readers refuse is refused here.
base::Status Load(std::string_view body, pugi::xml_document& document) {
  if (body.size() > kMaxBody) return base::Fail(BadAnswer("aws answered with more than 32 MiB"));
  if (!base::IsUtf8(body) || body.contains('\0'))
    return base::Fail(BadAnswer("aws answered with text that is not UTF-8"));
  constexpr unsigned int kFlags =
      pugi::parse_escapes | pugi::parse_eol | pugi::parse_cdata | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
  const pugi::xml_parse_result parsed = document.load_buffer(body.data(), body.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) return base::Fail(BadAnswer(fmt::format("aws answered with broken XML: {}", parsed.description())));
  std::size_t roots = 0;
  for (const pugi::xml_node node : document.children()) {
    if (node.type() == pugi::node_doctype) return base::Fail(BadAnswer("aws answered with a document type"));
    if (node.type() == pugi::node_element) ++roots;
  }
  if (roots != 1) return base::Fail(BadAnswer("aws answered with XML that has not one root"));
  if (IsTooDeep(document.document_element())) return base::Fail(BadAnswer("aws answered with XML nested too deeply"));
  return {};
}

std::string TextOf(pugi::xml_node node) {
  std::string text;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  return text;
}

class XmlReader {
 public:
  base::Status ReadStructure(const Shape& shape, pugi::xml_node node, void* object) {
    std::bitset<kMaxFields> seen;
    std::size_t next = 0;
    for (const pugi::xml_node child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      const std::size_t index = IndexOf(shape, LocalName(child), next);
      if (index == shape.fields.size()) continue;
      next = index;
      const Field& field = shape.fields[index];
      const bool repeats = field.shape->flattened;
      const Path::Step step(path_, field.name);
      if (seen.test(index) && !repeats)
        return base::Fail(BadAnswer(fmt::format("aws answered `{}` twice", path_.OfAnswer())));
      void* place = seen.test(index) ? const_cast<void*>(Find(field, object)) : Place(field, object);
      seen.set(index);
      TRY(repeats ? ReadFlattened(*field.shape, child, place) : ReadValue(*field.shape, child, place));
    }
    return CheckRequired(shape, seen);
  }

  base::Status CheckRequired(const Shape& shape, const std::bitset<kMaxFields>& seen) {
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
      if (!shape.fields[i].required || seen.test(i)) continue;
      const Path::Step step(path_, shape.fields[i].name);
      return base::Fail(BadAnswer(fmt::format("aws answered without the required field `{}`", path_.OfAnswer())));
    }
    return {};
  }

 private:
  // Members mostly come in the order of the model, so the search starts where the last one ended.
  static std::size_t IndexOf(const Shape& shape, std::string_view name, std::size_t from) {
    const std::size_t count = shape.fields.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t index = from + i < count ? from + i : from + i - count;
      if (shape.fields[index].wire_name == name) return index;
    }
    return count;
  }

  base::Status ReadValue(const Shape& shape, pugi::xml_node node, void* place) {
    if (path_.TooDeep()) return base::Fail(BadAnswer("aws answered with XML nested too deeply"));
    if (shape.kind == Kind::kStructure) return ReadStructure(shape, node, place);
    if (shape.kind == Kind::kList) {
      std::size_t index = 0;
      for (const pugi::xml_node child : node.children()) {
        if (child.type() != pugi::node_element) continue;
        const Path::Step step(path_, index++);
        TRY(ReadValue(*shape.element, child, shape.list->append(place)));
      }
      return {};
    }
    if (shape.kind == Kind::kMap) {
      for (const pugi::xml_node child : node.children()) {
        if (child.type() == pugi::node_element) TRY(ReadEntry(shape, child, place));
      }
      return {};
    }
    if (!ParseScalar(shape, TextOf(node), place)) {
      return base::Fail(BadAnswer(fmt::format("aws answered `{}` with a value of another kind", path_.OfAnswer())));
    }
    return {};
  }

  base::Status ReadFlattened(const Shape& shape, pugi::xml_node node, void* place) {
    if (shape.kind == Kind::kMap) return ReadEntry(shape, node, place);
    const Path::Step step(path_, shape.list->size(place));
    return ReadValue(*shape.element, node, shape.list->append(place));
  }

  base::Status ReadEntry(const Shape& shape, pugi::xml_node entry, void* map) {
    pugi::xml_node key;
    pugi::xml_node value;
    for (const pugi::xml_node child : entry.children()) {
      if (LocalName(child) == shape.key_name) key = child;
      if (LocalName(child) == shape.element_name) value = child;
    }
    if (key.empty() || value.empty()) {
      return base::Fail(BadAnswer(fmt::format("aws answered an entry of `{}` without key or value", path_.OfAnswer())));
    }
    const std::string name = TextOf(key);
    const Path::Step step(path_, name);
    return ReadValue(*shape.element, value, shape.map->insert(map, name));
  }

  Path path_;
};

class XmlWriter {
 public:
  explicit XmlWriter(bool milliseconds) : milliseconds_(milliseconds) {}

  void Open(std::string_view name) { xml_.append("<").append(name).append(">"); }
  void Close(std::string_view name) { xml_.append("</").append(name).append(">"); }
  void Text(std::string_view name, std::string_view text) {
    Open(name);
    AppendXmlText(xml_, text);
    Close(name);
  }
  std::string& xml() { return xml_; }

  void WriteStructure(const Shape& shape, const void* object) {
    for (const Field& field : shape.fields) {
      const void* place = Find(field, object);
      if (place == nullptr) continue;
      const bool empty = (field.shape->kind == Kind::kList && field.shape->list->size(place) == 0) ||
                         (field.shape->kind == Kind::kMap && field.shape->map->size(place) == 0);
      if (empty && field.empty == Empty::kLeftOut) continue;
      WriteValue(*field.shape, place, field.wire_name, field.time);
    }
  }

 private:
  void WriteValue(const Shape& shape, const void* place, std::string_view name, TimeForm time) {
    if (IsScalar(shape.kind)) {
      Text(name, ScalarText(shape, place, time));
      return;
    }
    if (!shape.flattened) Open(name);
    if (shape.kind == Kind::kStructure) {
      WriteStructure(shape, place);
    } else if (shape.kind == Kind::kList) {
      for (std::size_t i = 0; i < shape.list->size(place); ++i) {
        WriteValue(*shape.element, shape.list->at(place, i), shape.flattened ? name : shape.element_name, time);
      }
    } else {
      WriteMap(shape, place, shape.flattened ? name : "entry");
    }
    if (!shape.flattened) Close(name);
  }

  void WriteMap(const Shape& shape, const void* place, std::string_view entry) {
    struct Context {
      XmlWriter& writer;
      const Shape& shape;
      std::string_view entry;
    } context{*this, shape, entry};
    shape.map->each(place, &context, [](void* raw, const std::string& key, const void* value) {
      auto& at = *static_cast<Context*>(raw);
      at.writer.Open(at.entry);
      at.writer.Text(at.shape.key_name, key);
      at.writer.WriteValue(*at.shape.element, value, at.shape.element_name, TimeForm::kOfProtocol);
      at.writer.Close(at.entry);
    });
  }

  // Answers carry whole seconds or milliseconds: not every SDK reads more digits.
  std::string ScalarText(const Shape& shape, const void* place, TimeForm time) const {
    if (shape.kind != Kind::kTimestamp || (time != TimeForm::kOfProtocol && time != TimeForm::kIso8601)) {
      return PrintScalar(shape, place, time);
    }
    const base::Time value = As<base::Time>(place);
    std::string text = base::FormatRfc3339Seconds(value);
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(value).time_since_epoch().count() % 1000;
    if (milliseconds_ && millis > 0) text.insert(text.size() - 1, fmt::format(".{:03}", millis));
    return text;
  }

  std::string xml_;
  bool milliseconds_;
};

}  // namespace

base::Status DecodeXml(const Operation& operation, std::string_view body, void* output) {
  pugi::xml_document document;
  TRY(Load(body, document));
  const pugi::xml_node root = document.document_element();
  if (!LocalName(root).ends_with("Response") || LocalName(root) == "ErrorResponse") {
    return base::Fail(BadAnswer(fmt::format("aws answered {} with another document", operation.name)));
  }
  XmlReader reader;
  if (operation.result_wrapper.empty()) return reader.CheckRequired(*operation.output, {});
  for (const pugi::xml_node child : root.children()) {
    if (LocalName(child) == operation.result_wrapper) return reader.ReadStructure(*operation.output, child, output);
  }
  return reader.CheckRequired(*operation.output, {});
}

std::string EncodeXml(const Operation& operation, const void* output, std::string_view request_id) {
  XmlWriter writer(operation.service->milliseconds);
  writer.xml() = fmt::format("<{}Response xmlns=\"{}\">", operation.name, operation.service->xml_namespace);
  if (!operation.result_wrapper.empty()) {
    writer.Open(operation.result_wrapper);
    writer.WriteStructure(*operation.output, output);
    writer.Close(operation.result_wrapper);
  }
  writer.Open("ResponseMetadata");
  writer.Text("RequestId", request_id);
  writer.Close("ResponseMetadata");
  writer.Close(fmt::format("{}Response", operation.name));
  return std::move(writer.xml());
}

void AppendXmlText(std::string& xml, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      case '\r':
        xml += "&#xD;";
        break;
      case '\n':
      case '\t':
        xml += c;
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          xml += "\xef\xbf\xbd";
        } else {
          xml += c;
        }
    }
  }
}

bool ParseXmlError(std::string_view body, XmlError& error) {
  pugi::xml_document document;
  if (!Load(body, document)) return false;
  pugi::xml_node root = document.document_element();
  const auto child_of = [](pugi::xml_node node, std::string_view name) {
    for (const pugi::xml_node child : node.children()) {
      if (LocalName(child) == name) return child;
    }
    return pugi::xml_node();
  };
  pugi::xml_node node = LocalName(root) == "Error" ? root : child_of(root, "Error");
  if (node.empty()) node = child_of(child_of(root, "Errors"), "Error");
  if (node.empty()) return false;
  error.code = TextOf(child_of(node, "Code"));
  error.message = TextOf(child_of(node, "Message"));
  for (const std::string_view name : {"RequestId", "RequestID"}) {
    if (error.request_id.empty()) error.request_id = TextOf(child_of(root, name));
  }
  return !error.code.empty();
}

base::Error BadAnswer(std::string message) {
  return {.code = base::Code::kAwsRefused, .message = std::move(message), .reason = "aws.bad_answer"};
}

}  // namespace crossrole::aws::internal
