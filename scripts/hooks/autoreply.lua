-- Answers what is asked often, at most once in a while in each channel.
local config = settings("autoreply", {
    seconds = 300,
    answers = { ["opening hours"] = "We are here from 9 to 17 o'clock." },
})

local questions = {}
for question in pairs(config.answers) do questions[#questions + 1] = question end
local asked = set.of(questions)

hook.on("message.publish", { id = "autoreply", priority = 80 }, function(msg)
    local question = not msg.server and msg.text and match.any(asked, msg.text)
    if question and limit.window("answer " .. msg.channel .. " " .. question, 1, config.seconds) then
        bot.say(msg.channel, config.answers[question])
    end
end)
