// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view kOutput = "--output";

Error Usage(std::string message, std::string fix = {}) {
  return {.code = Code::kInvalidArgument, .message = std::move(message), .fix = std::move(fix)};
}

// The global flag may stand in front of the words; it is put behind them.
void MoveLeadingFlags(std::vector<std::string>& arguments) {
  std::vector<std::string> leading;
  while (!arguments.empty() && arguments.front().starts_with(kOutput)) {
    const bool separate = arguments.front() == kOutput && arguments.size() > 1;
    const auto end = arguments.begin() + (separate ? 2 : 1);
    leading.insert(leading.end(), arguments.begin(), end);
    arguments.erase(arguments.begin(), end);
  }
  const auto words_end = std::ranges::find_if(arguments, [](const std::string& one) { return one.starts_with('-'); });
  arguments.insert(words_end, leading.begin(), leading.end());
}

std::vector<std::string> LeadingWords(std::span<const std::string> arguments) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (argument.starts_with('-')) break;
    words.push_back(argument);
  }
  return words;
}

std::size_t CountWords(std::string_view text) { return base::Split(text, ' ').size(); }

// The command whose words are the longest beginning of `words`, or nullptr.
const Command* FindCommand(std::span<const Command> commands, const std::vector<std::string>& words) {
  const Command* best = nullptr;
  for (const Command& command : commands) {
    const auto own = base::Split(command.words, ' ');
    if (own.size() > words.size() || !std::equal(own.begin(), own.end(), words.begin())) continue;
    if (best == nullptr || own.size() > CountWords(best->words)) best = &command;
  }
  return best;
}

// How many of `words` some command begins with: the group that was meant.
std::size_t KnownWords(std::span<const Command> commands, const std::vector<std::string>& words) {
  std::size_t most = 0;
  for (const Command& command : commands) {
    const auto own = base::Split(command.words, ' ');
    const std::size_t limit = std::min(own.size(), words.size());
    std::size_t same = 0;
    while (same < limit && own[same] == words[same]) ++same;
    most = std::max(most, same);
  }
  return most;
}

Error UnknownWord(std::span<const Command> commands, const std::vector<std::string>& words, std::size_t known) {
  const std::string group = base::Join(std::span(words).first(known), " ");
  std::vector<std::string_view> next;
  for (const Command& command : commands) {
    const auto own = base::Split(command.words, ' ');
    if (own.size() > known && std::equal(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(known), own.begin())) {
      next.push_back(own[known]);
    }
  }
  const std::string nearest = base::NearestName(words[known], next);
  const std::string blank = group.empty() ? "" : " ";
  return Usage(fmt::format("there is no command `{}{}{}`", group, blank, words[known]),
               nearest.empty() ? fmt::format("`crossrole{}{} --help` lists what there is", blank, group)
                               : fmt::format("did you mean `crossrole {}{}{}`?", group, blank, nearest));
}

class Parser {
 public:
  explicit Parser(const Command& command) : command_(command) { app_.set_help_flag(); }

  base::Result<Arguments> Parse(std::vector<std::string> given) {
    CutRest(given);
    Declare();
    std::ranges::reverse(given);  // CLI11 takes words from the back
    try {
      app_.parse(given);
    } catch (const CLI::ParseError& error) {
      return base::Fail(Usage(Sentence(error.what()), HelpHint()));
    }
    if (!help_) TRY(Collect());
    return std::move(arguments_);
  }

  bool help() const { return help_; }
  const std::string& output() const { return output_; }

 private:
  struct Values {
    std::vector<std::string> texts;
    CLI::Option* option = nullptr;
  };

  std::string HelpHint() const { return fmt::format("`crossrole {} --help` tells more", command_.words); }

  static std::string Sentence(std::string text) {
    if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') text.front() = static_cast<char>(text.front() - 'A' + 'a');
    while (text.ends_with('.') || text.ends_with('\n')) text.pop_back();
    return text;
  }

  // What stands behind `--` belongs to the command that is run, whatever it looks like.
  void CutRest(std::vector<std::string>& given) {
    const bool takes_rest = !command_.positionals.empty() && command_.positionals.back().presence == Presence::kRest;
    if (!takes_rest) return;
    const auto dashes = std::ranges::find(given, "--");
    if (dashes == given.end()) return;
    for (auto word = dashes + 1; word != given.end(); ++word) {
      arguments_.Add(std::string(command_.positionals.back().name), *word);
    }
    given.erase(dashes, given.end());
  }

  void Declare() {
    app_.allow_extras();
    app_.add_flag("-h,--help", help_);
    bool own_output = false;
    for (const Flag& flag : command_.flags) {
      own_output = own_output || flag.name == kOutput;
      auto& values = flags_.emplace_back(std::make_unique<Values>());
      if (flag.kind == FlagKind::kSwitch) {
        values->option = app_.add_flag(std::string(flag.name), values->texts);
        continue;
      }
      values->option = app_.add_option(std::string(flag.name), values->texts)->expected(1)->allow_extra_args(false);
      if (flag.kind == FlagKind::kTexts) values->option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    if (!own_output) app_.add_option(std::string(kOutput), output_);
  }

  base::Status Collect() {
    for (std::size_t i = 0; i < command_.flags.size(); ++i) {
      const Flag& flag = command_.flags[i];
      const auto& texts = flags_[i]->texts;
      if (flag.kind == FlagKind::kSwitch && !texts.empty() && texts.back() != "true" && texts.back() != "false") {
        return base::Fail(Usage(fmt::format("`{}` is true or false", flag.name)));
      }
      for (const std::string& text : texts) arguments_.Add(std::string(flag.name), text);
      if (flag.kind == FlagKind::kInteger && !texts.empty() && !arguments_.Integer(flag.name)) {
        return base::Fail(Usage(fmt::format("`{}` must be a number, not `{}`", flag.name, texts.back())));
      }
    }
    return CollectWords();
  }

  base::Status CollectWords() {
    std::vector<std::string> words = app_.remaining();
    for (const std::string& word : words) {
      if (word.size() > 1 && word.starts_with('-') && word != "--") return base::Fail(UnknownFlag(word));
    }
    std::erase(words, "--");
    std::size_t at = 0;
    for (const Positional& positional : command_.positionals) {
      const std::string name(positional.name);
      const bool many = positional.presence == Presence::kMany;
      if (positional.presence != Presence::kRest && at < words.size()) {
        do {
          arguments_.Add(name, words[at++]);
        } while (many && at < words.size());
      }
      if (positional.presence != Presence::kOptional && !arguments_.Has(name)) return base::Fail(Missing(positional));
    }
    if (at < words.size()) return base::Fail(Usage(fmt::format("`{}` is one word too many", words[at]), Hint()));
    return {};
  }

  std::string Hint() const { return fmt::format("usage: {}", UsageOf(command_)); }

  Error Missing(const Positional& positional) const {
    if (positional.presence == Presence::kRest) return Usage("there is no command behind `--`", Hint());
    return Usage(fmt::format("`{}` is missing: {}", positional.name, positional.help), Hint());
  }

  Error UnknownFlag(std::string_view word) const {
    const std::string_view name = word.substr(0, word.find('='));
    std::vector<std::string_view> known = {kOutput, "--help"};
    for (const Flag& flag : command_.flags) known.push_back(flag.name);
    const std::string nearest = base::NearestName(name, known);
    return Usage(fmt::format("`crossrole {}` has no flag `{}`", command_.words, name),
                 nearest.empty() ? HelpHint() : fmt::format("did you mean `{}`?", nearest));
  }

  const Command& command_;
  CLI::App app_;
  std::vector<std::unique_ptr<Values>> flags_;
  Arguments arguments_;
  std::string output_;
  bool help_ = false;
};

int RunCommand(const Command& command, std::vector<std::string> given, Context context) {
  Parser parser(command);
  auto arguments = parser.Parse(std::move(given));
  if (!parser.output().empty()) {
    if (parser.output() != "table" && parser.output() != "json") {
      return PrintUsage(context, fmt::format("`--output` is table or json, not `{}`", parser.output()));
    }
    context.output = parser.output() == "table" ? Output::kTable : Output::kJson;
  }
  if (!arguments) return PrintError(context, arguments.error());
  if (parser.help()) {
    Print(HelpOf(command));
    return 0;
  }
  return command.run(context, *arguments);
}

bool AsksForHelp(std::string_view word) { return word == "--help" || word == "-h"; }

int RunGroup(std::span<const Command> commands, const std::vector<std::string>& arguments, const Context& context) {
  std::vector<std::string> words = LeadingWords(arguments);
  const bool help = std::ranges::any_of(arguments, AsksForHelp) || (!words.empty() && words.front() == "help");
  if (!words.empty() && words.front() == "help") words.erase(words.begin());
  const std::size_t known = KnownWords(commands, words);
  if (known < words.size()) return PrintError(context, UnknownWord(commands, words, known));
  const std::string text = HelpOfGroup(commands, base::Join(words, " "));
  if (help) {
    Print(text);
    return 0;
  }
  Note(text);
  return base::FactsOf(Code::kInvalidArgument).exit_code;
}

}  // namespace

int Main(std::span<const Command> commands, std::vector<std::string> arguments, const base::Environment& environment) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const Context context{.environment = environment, .output = terminal ? Output::kTable : Output::kJson, .terminal = terminal};
  MoveLeadingFlags(arguments);
  if (!arguments.empty() && arguments.front() == "--version") {
    // What everybody expects of this flag, also in a pipe.
    arguments.front() = "version";
    arguments.insert(arguments.begin() + 1, {"--output", "table"});
  }
  const Command* command = FindCommand(commands, LeadingWords(arguments));
  int code = 0;
  if (command == nullptr) {
    code = RunGroup(commands, arguments, context);
  } else {
    const auto own = static_cast<std::ptrdiff_t>(CountWords(command->words));
    code = RunCommand(*command, std::vector<std::string>(arguments.begin() + own, arguments.end()), context);
  }
  if (code == 0 && std::ferror(stdout) != 0) {
    return PrintError(context, {.code = Code::kInternal, .message = "standard output could not be written"});
  }
  return code;
}

}  // namespace crossrole::cli
