"""A Chainlit app over `redraft serve`: `chainlit run examples/chainlit_app.py`.

The models are the chat profiles; what a recipe thinks stands in a step above its answer.
"""

import os

import chainlit as cl
import openai

client = openai.AsyncOpenAI(
    base_url=os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"),
    api_key=os.environ.get("OPENAI_API_KEY", "none"),
)


@cl.set_chat_profiles
async def profiles() -> list[cl.ChatProfile]:
    return [
        cl.ChatProfile(name=one.id, markdown_description=getattr(one, "description", one.id))
        async for one in client.models.list()
    ]


@cl.on_message
async def answer(message: cl.Message) -> None:
    reply = cl.Message(content="")
    stream = await client.chat.completions.create(
        model=cl.user_session.get("chat_profile"), messages=cl.chat_context.to_openai(), stream=True
    )
    # Leaving the block closes the stream, also when the stop button cancels this task.
    async with stream, cl.Step(name="Thinking", default_open=True) as step:
        async for chunk in stream:
            delta = chunk.choices[0].delta
            if thought := getattr(delta, "reasoning_content", None):
                await step.stream_token(thought)
            if delta.content:
                await reply.stream_token(delta.content)
    await reply.update()
