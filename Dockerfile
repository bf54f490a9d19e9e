# The service in a container; docs/service.md says how to run it.
#   make editor && docker build -t alphacut .      (without `make editor`, the image has no page at /)
#   docker build -t alphacut:gpu --build-arg RUNTIME='onnxruntime-gpu[cuda,cudnn]' .
ARG BASE=python:3.12-slim
FROM ${BASE}
# Packages beside alphacut itself: none for a processor, an ONNX Runtime with CUDA for NVIDIA's graphics cards.
ARG RUNTIME=
# Models whose weights are put into the image, such as "auto"; without, they are fetched into /data once.
ARG MODELS=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
ENV ALPHACUT_HOME=/data
WORKDIR /app
COPY pyproject.toml README.md ./
COPY src ./src
RUN pip install '.[server,heif,video]' ${RUNTIME}
RUN mkdir -p /data && for model in ${MODELS}; do alphacut models pull "$model"; done && chown -R 10001:10001 /data
USER 10001
VOLUME /data
EXPOSE 7000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('ALPHACUT_PORT', '7000') + '/health', timeout=4)"]
CMD ["alphacut", "serve", "--host", "0.0.0.0"]
