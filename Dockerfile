# syntax=docker/dockerfile:1
# One image that serves, prepares (SAVE_WEIGHTS) and stress-tests. Targets: cpu (default) and cuda.
# docs/deploying.md says how it is built and checked.
ARG NODE_IMAGE=docker.io/library/node:22.23.3-bookworm-slim
# 12.x with cuDNN 9: what onnxruntime's CUDA provider of 1.30 is made for. From 12.4 on "cudnn" in a tag means 9.
ARG CUDA_IMAGE=docker.io/nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04
# Where the CUDA provider comes from: "nuget", or "stub", an empty file, for checks of the image without a network.
ARG ORT_CUDA=nuget

FROM ${NODE_IMAGE} AS deps
WORKDIR /app
# .npmrc turns install scripts off: onnxruntime's would fetch the CUDA provider into the CPU image.
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci --no-audit --no-fund

FROM deps AS build
COPY tsconfig.json tsconfig.build.json ./
COPY apps ./apps
COPY libs ./libs
RUN npm run build && find dist -name '*.map' -delete

FROM deps AS prod-deps
ARG TARGETARCH=amd64
# Of the five platforms that onnxruntime brings along, the image's own; of all packages what Node runs. Nest's Swagger
# package brings TypeScript's compiler along, for a plugin that is not used here.
RUN npm prune --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/typescript node_modules/.bin \
 && case "${TARGETARCH}" in amd64) keep=x64 ;; *) keep="${TARGETARCH}" ;; esac \
 && test -s "node_modules/onnxruntime-node/bin/napi-v6/linux/${keep}/onnxruntime_binding.node" \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/${keep}" -exec rm -rf {} + \
 && find node_modules -type f \( -name '*.map' -o -name '*.md' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

FROM prod-deps AS ort-cuda-nuget
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js \
 && rm -f node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_tensorrt.so \
 && test -s node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so

FROM prod-deps AS ort-cuda-stub
RUN touch node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so

FROM ort-cuda-${ORT_CUDA} AS ort-cuda

FROM ${CUDA_IMAGE} AS cuda
RUN apt-get update && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
WORKDIR /app
# HOME and CACHE_DIR are in the one place that can be written; the root may be read-only. 10001: Ubuntu has a 1000.
ENV NODE_ENV=production PORT=9527 HOME=/tmp CACHE_DIR=/tmp/babelserve DEVICE=cuda \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    CUDA_MODULE_LOADING=LAZY CUDA_CACHE_PATH=/tmp/.nv
COPY --from=deps /usr/local/bin/node /usr/local/bin/node
COPY --from=ort-cuda /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY apps/cli/bin ./apps/cli/bin
COPY models/demo ./models/demo
USER 10001:10001
EXPOSE 9527
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=6 \
  CMD ["node","-e","fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini","--","node","/app/apps/cli/bin/babelserve.mjs"]
CMD ["serve"]

# Last, so that it is what a build makes that names no target.
FROM ${NODE_IMAGE} AS cpu
RUN apt-get update && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
WORKDIR /app
ENV NODE_ENV=production PORT=9527 HOME=/tmp CACHE_DIR=/tmp/babelserve
COPY --from=prod-deps /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY apps/cli/bin ./apps/cli/bin
COPY models/demo ./models/demo
USER 10001:10001
EXPOSE 9527
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=6 \
  CMD ["node","-e","fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini","--","node","/app/apps/cli/bin/babelserve.mjs"]
CMD ["serve"]
