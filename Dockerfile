# choreo in a container:
#   docker build -t choreo .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" choreo generate song.mp3
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/choreo && /opt/choreo/bin/pip install --no-cache-dir .

FROM python:3.13-slim
# A home that any user of --user can write to: there are the motion database and what is compiled.
RUN useradd --create-home --uid 1000 choreo && chmod 1777 /home/choreo && install -d -m 1777 /work
COPY --from=build /opt/choreo /opt/choreo
ENV PATH=/opt/choreo/bin:$PATH HOME=/home/choreo
USER 1000
WORKDIR /work
ENTRYPOINT ["choreo"]
CMD ["--help"]
